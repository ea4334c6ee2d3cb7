"""Columns that follow from others, for models that look at more than the mass of a halo."""

# How a column that models often ask for is made, by the name it goes by.
_RECIPES = {
    "host_log_mass": "host_log_mass=catalogs.host_log_mass(halos)",
    "concentration": "concentration=catalogs.concentration(halos)",
    "environment": "environment=catalogs.environment(halos, radius=5.0)",
    "time_since_infall": (
        "time_since_infall=catalogs.time_since_infall(infall_scale, halos.redshift, "
        "halos.cosmology)"
    ),
}
_RANK = "_rank"


def how_to_make(name: str) -> str:
    """The end of an error message: how a catalogue gets the column `name`."""
    if name in _RECIPES:
        recipe = _RECIPES[name]
    elif name.endswith(_RANK) and len(name) > len(_RANK):
        values = name.removesuffix(_RANK)
        recipe = (
            f"{name}=catalogs.rank_at_fixed_mass(halos.column({values!r}), halos.log_mpeak, "
            "width=0.1)"
        )
    else:
        return (
            f"If the file has it, read it with properties=[{name!r}]; else add it: "
            f"halos.with_columns({name}=...)"
        )
    return f"To make it: halos.with_columns({recipe})"
