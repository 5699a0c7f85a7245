"""How people's data is kept from who must not see it: sealed values, their keys, and the CPF."""
