"""The axis of halo mass."""


def halo_mass_label(proxy: str) -> str:
    """Its label; what stands in for the peak mass is named as the catalogue does."""
    if proxy == "Mpeak":
        return r"$\log_{10}\, M_{\rm peak}\ \ [h^{-1}M_\odot]$"
    name = proxy if len(proxy) <= 32 else f"{proxy[:31]}…"
    return r"$\log_{10}$ of " + name.replace("$", r"\$")
