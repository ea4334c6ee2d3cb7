"""What a user must know of a network, in Markdown."""

from collections.abc import Mapping
from typing import Any

from halograd.network_training.settings import TrainSettings

__all__ = ["accuracy_tables", "model_card"]


def model_card(
    numbers: Mapping[str, Any], settings: TrainSettings, provenance: Mapping[str, Any], sha256: str
) -> str:
    """What the network is, its domain, training, accuracy and limits.

    Args:
        numbers: As `verdict.numbers` gives them.
        settings: Settings of the training.
        provenance: What the file of the network says of itself.
        sha256: Of that file.
    """
    parts = (
        "# Model card",
        _what(settings),
        "## Domain",
        _domain(settings),
        "## Training",
        _training(settings, provenance, sha256),
        "## Accuracy",
        accuracy_tables(numbers),
        "## Limits",
        _limits(numbers, settings),
        "## Retraining",
        "```\nhalograd train config.toml --out DIR\nhalograd train --out DIR --validate\n```",
    )
    return "\n\n".join(parts) + "\n"


def accuracy_tables(numbers: Mapping[str, Any]) -> str:
    """The tables of the section on accuracy."""
    found = [_targets(numbers)]
    for family in numbers["families"].values():
        found += [
            f"**{family['title'][0].upper()}{family['title'][1:]}**: {_counts(family)}",
            _misfits(family),
            _gradients(family),
        ]
    return "\n\n".join(found)


def _what(settings: TrainSettings) -> str:
    network = settings.network
    return (
        'The network behind `method="network"` of `halograd.sham.mean_log_mstar`: a perceptron '
        f"with {network.depth} hidden layers of {network.width} units proposes the mean relation "
        "of stellar to halo mass from the shapes of the mass function and of the scatter around "
        "each halo, and damped Gauss–Newton steps of eq. (1) correct it. It is for "
        f"{network.kernel} scatter."
    )


def _domain(settings: TrainSettings) -> str:
    rows = [f"| `{name}` | {low:g} | {high:g} |" for name, (low, high) in _ranges(settings)]
    return "\n".join(["| parameter | from | to |", "|---|---|---|", *rows])


def _ranges(settings: TrainSettings) -> list[tuple[str, tuple[float, float]]]:
    return list(settings.domain._asdict().items())


def _training(settings: TrainSettings, provenance: Mapping[str, Any], sha256: str) -> str:
    recipe = settings.training
    facts = {
        "seed": recipe.seed,
        "steps": f"{recipe.steps:,} of {recipe.batch} draws each",
        "draws": f"{recipe.draws:,}, of which {provenance.get('usable_draws', 'unknown')} usable",
        "SHA-256 of the draws": provenance.get("draws_sha256", "unknown"),
        "SHA-256 of the file": sha256,
        "halograd": provenance.get("halograd", "unknown"),
        **provenance.get("versions", {}),
    }
    seconds = provenance.get("timings_s", {}).get("training")
    if seconds is not None:
        facts["wall time"] = f"{seconds / 60:.0f} minutes"
    return "\n".join(["| | |", "|---|---|", *(f"| {k} | {v} |" for k, v in facts.items())])


def _limits(numbers: Mapping[str, Any], settings: TrainSettings) -> str:
    domain = numbers["families"]["domain"]
    return (
        f"- Of {domain['draws']:,} draws over the domain {100 * domain['share_with_solution']:.1f} "
        "% have a solution at all; elsewhere the SMF falls faster than the scatter allows.\n"
        f"- {100 * domain['share_out_of_domain']:.1f} % of the draws are flagged as outside what "
        "the network was trained on.\n"
        f"- `NetworkRelation.converged` claimed what is not so for "
        f"{domain['network_claims_but_misses']} draws, and denied what is so for "
        f"{domain['network_meets_but_denies']}.\n"
        f"- For stellar masses 9 < log M* < 12 and {settings.network.kernel} scatter only."
    )


def _targets(numbers: Mapping[str, Any]) -> str:
    rows = [
        f"| {t['family']} | {t['name']} | {t['value']:.2g} | {t['bound']:g} | "
        f"{'yes' if t['met'] else '**no**'} |"
        for t in numbers["targets"]
    ]
    return "\n".join(
        ["| draws | quantity | value | limit | kept |", "|---|---|---|---|---|", *rows]
    )


def _counts(family: Mapping[str, Any]) -> str:
    return (
        f"{family['draws']:,} draws, {family['with_solution']:,} with a solution; the network "
        f"misses the SMF of {family['network_misses']} of these."
    )


def _misfits(family: Mapping[str, Any]) -> str:
    rows = [
        f"| {name} | {s['draws']:,} | {s['rms_dex']:.2g} | "
        + " | ".join(f"{value:.2g}" for value in s["worst_dex"].values())
        + " |"
        for name, s in family["misfit"].items()
        if s
    ]
    header = "| misfit of log10 φ, dex | draws | rms | worst: median | 95 % | 99 % | of all |"
    return "\n".join([header, "|---" * 7 + "|", *rows])


def _gradients(family: Mapping[str, Any]) -> str:
    found = {name: rms for name, rms in family["gradients"]["rms"].items() if rms}
    for which, rms in family["mean_gradients_against_exact"].items():
        if rms:
            found[f"dμ/dθ, network less exact, {which}"] = rms
    if not found:
        return "No derivatives were taken: none of the draws has a solution."
    names = list(dict.fromkeys(key for rms in found.values() for key in rms))
    rows = [
        f"| {name} | "
        + " | ".join(f"{rms[key]:.2g}" if key in rms else "–" for key in names)
        + " |"
        for name, rms in found.items()
    ]
    header = f"| error of d log10 φ/dθ, rms, {family['gradients']['draws']} draws | "
    return "\n".join([header + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|", *rows])
