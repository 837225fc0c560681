"""Every route by everybody, with anything typed in; a package, so that a fixture can last as long as its tests."""
