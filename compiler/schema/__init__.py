"""The language's XSDs against documents: libxml2 says whether, our own reading of the XSDs says what and where."""
