"""Files made to do harm, through ``gaoku index`` as a whole."""
