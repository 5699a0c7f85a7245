"""The analyst's pages. No CPF ever appears in an address: people are found by POST."""
