@echo off
rem Starts Gaoku; installs it first where that was not done yet. What can be set is in README.txt.
setlocal
set "PYTHONUTF8=1"
set "START=%~dp0start.py"
set "RUN="
if defined GAOKU_PYTHON set RUN="%GAOKU_PYTHON%"
for %%V in (3.13 3.12 3.11 3.10) do if not defined RUN py -%%V "%START%" --fits >nul 2>nul && set "RUN=py -%%V"
if not defined RUN python "%START%" --fits >nul 2>nul && set "RUN=python"
rem None fits: the one that is there says why, if it is new enough to.
if not defined RUN py -3 -c "import sys; sys.exit(sys.version_info < (3, 7))" >nul 2>nul && set "RUN=py -3"
if not defined RUN python -c "import sys; sys.exit(sys.version_info < (3, 7))" >nul 2>nul && set "RUN=python"
if not defined RUN goto missing
%RUN% "%START%" %*
set "CODE=%ERRORLEVEL%"
goto end

:missing
echo gaoku: Python is missing or too old; this bundle needs one of: @PYTHONS@ (64-bit, from python.org) 1>&2
set "CODE=1"

:end
rem Started with a double click, the window would close before the reason can be read.
if not "%CODE%"=="0" if "%~1"=="" pause
exit /b %CODE%
