"""The stage: a payment on three lanes, with the built-in merchant and the time bar."""
