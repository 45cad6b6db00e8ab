"""Completion of the values of options by a shell, without reading any file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["columns_of", "complete_columns", "complete_words"]

_COLUMNS: Final = {
    "clusters": (
        "cluster_id cluster_name name_share identity_value size deleted contradictions systems "
        "rests_on"
    ),
    "clusters --tree": (
        "threshold n_clusters n_clustered largest contradictions systems_twice tables_twice"
    ),
    "clusters --quality": (
        "cluster_id cluster_name name_share identity_value role entity members deleted systems "
        "links links_suggested links_approved links_rejected links_deterministic "
        "links_probabilistic links_holding density min_confidence mean_confidence "
        "determinism_ratio weakest_link_id central_node_id central_path bridges "
        "articulation_points expected_precision generic rests_on systems_covered "
        "systems_missing contradictions more_than_one_per_integration_source "
        "more_than_one_per_table"
    ),
    "clusters --bridges": (
        "cluster_id cluster_name link_id source_path target_path source_deleted target_deleted "
        "score splits_off"
    ),
    "clusters --refused": (
        "link_id source target source_path target_path source_deleted target_deleted score "
        "reason rejected_link_id"
    ),
    "clusters --audit": (
        "cluster_id cluster_name group_id group_path members member_paths deleted longest_path "
        "cut_link_ids tied_by_approval links_to_cut"
    ),
    "clusters --repair": (
        "cluster_id cluster_name members violations links_cut score_cut clusters_after "
        "left_alone violations_left"
    ),
    "clusters --policies": "policy clusters same gone new contradictions changed_names",
    "clusters --of": (
        "node_id cluster_id cluster_index cluster_name contradictions path system table name "
        "deleted confidence approved"
    ),
    "pairs": "node cluster_id",
    "pairs --quality": (
        "cluster_id members pairs density min_score mean_score approved rejected expected_precision"
    ),
    "links": (
        "link_id source target source_path target_path source_deleted target_deleted link_type "
        "status confidence weight evidence created_at updated_at"
    ),
    "find": "kind id name score n_links deleted",
    "evaluate": "lower upper n mean_confidence share_right low high",
    "path": (
        "path step source target source_path target_path source_deleted target_deleted kind "
        "link_id forward weight confidence status link_type n_parallel"
    ),
    "join": (
        "path step source_path target_path source_deleted target_deleted key kind status "
        "link_type weight confidence n_parallel link_id via cardinality rejected"
    ),
    "lineage": "node_id path level system table deleted depth confidence",
    "roles": "column_id path system table_id data_type role reason target_id target_path deleted",
    "verify": (
        "link_id source_path target_path status verdict reason normal cardinality agreement "
        "agreement_rows shared source_rows source_values source_distinct source_overlap "
        "target_rows target_values target_distinct target_overlap"
    ),
    "review": (
        "link_id group asked source_path target_path source_type target_type source_deleted "
        "target_deleted source_cluster target_cluster link_type status confidence probability "
        "approving rejecting reason evidence"
    ),
    "formats": "format suffix for does_not_hold files options",
    "doctor": "part name state found advice",
    "info --list systems": "system kind tables linked_tables columns linked_columns links",
    "info --list nodes": (
        "node_id level name path parent_id system table kind schema_name api_identifier "
        "data_type description is_active deleted resolved n_link_ends"
    ),
    "info --list relationships": (
        "relationship_id kind type status score weight label columns source target source_path "
        "target_path source_deleted target_deleted source_table_path target_table_path system "
        "evidence"
    ),
    "info --list unlinked": "path",
    "info --list quarantine": "kind reply index reasons pointers",
    "entities --list entities": (
        "entity_id name n_tables n_systems systems tables n_copies keys n_references confidence "
        "why notes"
    ),
    "entities --list tables": (
        "entity_id entity system table_id path copy_of keys confidence deleted"
    ),
    "entities --list keys": "entity key system column_id path n_systems sure_links weakest deleted",
    "entities --list references": "entity system column_id path target_path reason deleted",
    "entities --list questions": (
        "question linkage path other_path alternative link_id source_path target_path settles"
    ),
    "entities --list alone": "system table_id path nearest linkage n_links deleted",
    "entities --list contradictions": "entity level path other_path link_id",
    "entities --list nodes": "node_id entity entity_id role",
    "identity --list columns": (
        "key system table_path column_id path normal weakest agreement n_sure"
    ),
    "identity --list tables": "system table_id path record_key",
    "identity --list left-out": "what path key reason",
    "identity --list questions": "question path other_path link_id",
    "diff --list changes": (
        "change before after members moved causes decided found before_ids after_ids"
    ),
    "diff --list causes": (
        "row change cause link_id source_path target_path previous_status status "
        "previous_confidence confidence previous_link_type link_type with_end source target "
        "decided"
    ),
    "diff --list members": (
        "node_id path cluster_before cluster_after removed cluster_before_id cluster_after_id"
    ),
    "diff --list clusters": (
        "name name_after members_before members_after shared overlap before_id after_id"
    ),
    "diff --list links": (
        "change link_id source_path target_path previous_status status previous_confidence "
        "confidence previous_link_type link_type with_end source target"
    ),
    "diff --list nodes": "change level node_id path_before path_after",
    "diff --list contradictions": "change cluster_name link_id source_path target_path",
    "diff --list setting": "change before after members moved before_ids after_ids",
}
"""Columns of each list, by its command and the option that asks for it.

A crosswalk has a column for each system, too.
"""

_FIRST: Final = {
    "diff": "diff --list links",
    "entities": "entities --list entities",
    "identity": "identity --list columns",
    "info": "info --list systems",
}
"""Lists of commands without the option."""


def complete_words(*words: str) -> Callable[[str], list[str]]:
    """Return a function that completes one of some words, in the case that was typed.

    Examples
    --------
    >>> complete = complete_words("DETERMINISTIC", "PROBABILISTIC")
    >>> complete("P"), complete("p")
    (['PROBABILISTIC'], ['probabilistic'])
    """

    def complete(incomplete: str) -> list[str]:
        offered = map(str.lower, words) if incomplete.islower() else words
        return [word for word in offered if word.startswith(incomplete)]

    return complete


def columns_of(command: str, given: dict[str, str]) -> list[str]:
    """Return the columns of the list that a command prints, as far as its options say.

    Parameters
    ----------
    command
        Name of the command.
    given
        Values of the options, by option; the value of a flag is irrelevant.

    Examples
    --------
    >>> columns_of("clusters", {"--policies": "True"})[:3]
    ['policy', 'clusters', 'same']
    >>> columns_of("info", {"--list": "unlinked"})
    ['path']
    """
    for known, columns in _COLUMNS.items():
        of, _, option = known.partition(" ")
        name, _, value = option.partition(" ")
        if of == command and name in given and value in {"", given[name]}:
            return columns.split()
    return _COLUMNS.get(_FIRST.get(command, command), "").split()


def complete_columns(ctx: Any, incomplete: str) -> list[str]:
    """Return completions of a word in a list of columns, after a comma or a minus too."""
    given = {
        option: str(ctx.params[parameter.name])
        for parameter in ctx.command.params
        if ctx.params.get(parameter.name)
        for option in parameter.opts
    }
    before, comma, last = incomplete.rpartition(",")
    minus = "-" if last.startswith("-") else ""
    start = f"{before}{comma}{minus}"
    names = columns_of(ctx.command.name, given)
    return [f"{start}{name}" for name in names if name.startswith(last.removeprefix("-"))]
