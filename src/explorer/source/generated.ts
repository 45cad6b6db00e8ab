// Constants that the page shares with Python.
//
// `python -m tests.system.explorer_constants` writes this file; do not edit it.

/** Levels as files and other libraries name them; a level's code is its position. */
export const LEVELS = ["integration_source", "table", "column"] as const;

/** What the page calls them. */
export const LEVEL_WORDS = ["system", "table", "column"] as const;

/** Settings that a page begins with, as its address has them. */
export const ADDRESS_KEYS = {
  page: "p",
  level: "v",
  layout: "l",
  colour: "c",
  threshold: "t",
  order: "by",
  focus: "f",
  tab: "tab",
} as const;

/** Review states of a link, in the order of their codes; others come behind. */
export const STATUSES = ["SUGGESTED", "APPROVED", "REJECTED"] as const;

export const SUGGESTED = 0;

export const APPROVED = 1;

export const REJECTED = 2;

/** How a link was found, in the order of the codes. */
export const LINK_TYPES = ["DETERMINISTIC", "PROBABILISTIC"] as const;

export const DETERMINISTIC = 0;

export const PROBABILISTIC = 1;

/** How confidences, types and statuses are read; see the Python class. */
export interface Policy {
  null_confidence: number | null;
  null_deterministic: number | null;
  approved: "accept" | "score";
  rejected: "refuse" | "score";
}

export const DEFAULT_POLICY: Policy = { null_confidence: null, null_deterministic: null, approved: "accept", rejected: "refuse" };

/** Version of the pack. */
export const PACK_SCHEMA = 1;

/** Arrays of the pack, with the type of their numbers. */
export const PACK_ARRAYS = {
  node_id: "u8",
  parent: "i32",
  kind: "u16",
  data_type: "u16",
  resolved: "u8",
  active: "u8",
  link_id: "u8",
  source: "i32",
  target: "i32",
  status: "u8",
  type: "u8",
  values: "f64",
  nats: "f64",
  confidence: "u32",
  created: "u32",
  updated: "u32",
  score: "u32",
  evidence: "u32",
  evidence_text: "u8",
  tree_a: "i32",
  tree_b: "i32",
  tree_height: "u32",
  heights: "f64",
  phrase: "i32",
  origin: "i32",
  table_text: "i32",
  thing_name: "i32",
  mentions_text: "i32",
  trait: "u8",
  table_thing: "i32",
  about: "i32",
  about_thing: "i32",
  mentions: "i32",
  relation_source: "i32",
  relation_target: "i32",
  relation_kind: "u8",
  entities: "u8",
  joins: "u8",
  changes: "u8",
  labels: "i32",
} as const;

/** Qualities of ways that join tables, the best first; what to know of each. */
export const JOIN_KEYS = ["identifying", "related", "doubtful", "describing", "shared"] as const;

/** Version of the journal of decisions, and of the older file. */
export const JOURNAL_SCHEMA = 2;

export const DECISIONS_SCHEMA = 1;

/** Members of decisions and names there. */
export const JOURNAL_DECISION_FIELDS = [
  "link_id",
  "source",
  "target",
  "status",
  "decided_at",
  "who",
  "note",
  "asked",
  "confidence",
] as const;

export const JOURNAL_NAME_FIELDS = ["node_id", "name", "decided_at", "who", "note"] as const;

export const DECISION_FIELDS = ["link_id", "status", "decided_at", "note"] as const;

/** How a reviewer was asked. */
export const ASKED = ["random", "imported", "uncertainty", "flips", "contradiction", "chosen"] as const;

/** Ways of asking whose decisions calibrate, as do those of an unknown way. */
export const FAIR = ["random", "imported"] as const;

/** Greatest length of a name that a person gives, in characters. */
export const MAX_NAME = 200;

/** Parts of one: scores are compared in whole billionths. */
export const SCORE_UNIT = 1000000000;

/** Parts of one: the cost of a step is -ln(weight) in so many. */
export const COST_UNIT = 1073741824;

/** What an average is taken over: the links that there are, or all pairs. */
export const AVERAGES = ["present", "possible"] as const;

/** Weight of a lead in confidence, in a competition. */
export const COMPETITION_SHARPNESS = 20.0;

/** Priors of curves over confidences, and over scores of competition. */
export const CONFIDENCE_CURVE = { means: [-1.13, 0.88], deviations: [0.5, 0.2] } as const;

export const SHARE_CURVE = { means: [0.0, 1.0], deviations: [1.5, 0.3] } as const;

export const MIN_SLOPE = 0.1;

/** The floor without decisions, and how many decided links it is worth. */
export const PRIOR_FLOOR = 0.7;

export const PRIOR_FLOOR_WEIGHT = 10.0;

/** What clusters may be sorted by. */
export const ORDERS = ["identity", "size", "systems", "confidence", "name"] as const;

/** Roles of columns by their codes, and what each is worth, in hundredths. */
export const ROLES = [
  "KEY",
  "ALTERNATE_KEY",
  "REFERENCE",
  "TEXT",
  "CATEGORY",
  "TIME",
  "MEASURE",
  "TECHNICAL",
] as const;

export const ROLE_VALUES = [80, 100, 50, 35, 15, 0, 10, 0] as const;

export const LONG_TEXT_VALUE = 10;

export const OTHER_VALUE = 100;

/** Worth from which a column identifies rows, its own or others, and its own. */
export const KEY_VALUE = 50;

export const OWN_KEY_VALUE = 80;

export const KEY_ROLES = [0, 1] as const;

/** Bits of a packed trait above the role's code plus one. */
export const IS_ID = 16;

export const IS_LONG = 32;

/** Words that say nothing about what an id is of. */
export const OTHER_ID_WORDS = [
  "alt",
  "alternate",
  "alternative",
  "ext",
  "external",
  "foreign",
  "former",
  "legacy",
  "migrated",
  "old",
  "party",
  "remote",
  "third",
] as const;

/** Confidence of a cluster that no link with one holds. */
export const NO_CONFIDENCE = 0.5;

/** Share of members of one entity from which a cluster is named after it. */
export const ENTITY_SHARE = 0.6;

/** Share of members that carry a name below which it is shown. */
export const LOW_SHARE = 0.5;

/** What a cluster rests on. */
export const BASES = ["keys", "approvals", "approvals in part", "names only"] as const;

/** The method that stands in for one without a merge tree. */
export const REFERENCE_METHOD = "components";

/** Links and obstacles that a sentence names one by one. */
export const MAX_NAMED = 5;

/** What follows the name of a deleted node, wherever a name is only text. */
export const DELETED_MARK = " (deleted)";

/** What a GraphML file begins with. */
export const GRAPHML_HEAD =
  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
  "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.1/graphml.xsd\">\n";

/** The profile of GraphML that is read back, and what a link is called there. */
export const GRAPHML_PROFILE = "plain";

export const GRAPHML_LINK = "entity_link";

/** Attributes of GraphML with their types, as Python declares them. */
export const GRAPH_KEYS = {
  organization: "string",
  organization_id: "string",
  policy: "string",
  kept_evidence: "string",
  left_out: "string",
  vocabulary: "string",
  clusters: "string",
  relationships: "string",
  cluster_quality: "string",
  contradictions: "string",
  profile: "string",
  n_links: "long",
  n_links_without_confidence: "long",
  n_links_without_weight: "long",
  uncarried_characters: "long",
} as const;

export const NODE_KEYS = {
  level: "string",
  name: "string",
  label: "string",
  path: "string",
  parent_id: "string",
  system: "string",
  table: "string",
  kind: "string",
  schema_name: "string",
  api_identifier: "string",
  data_type: "string",
  description: "string",
  resolved: "boolean",
  is_active: "boolean",
  has_is_active: "boolean",
  deleted: "boolean",
  key_facts: "string",
  cluster_index: "long",
  cluster_id: "string",
  cluster_name: "string",
  cluster_contradictions: "long",
} as const;

export const EDGE_KEYS = {
  kind: "string",
  confidence: "double",
  weight: "double",
  has_confidence: "boolean",
  has_weight: "boolean",
  link_id: "string",
  link_type: "string",
  status: "string",
  evidence: "string",
  created_at: "string",
  updated_at: "string",
  contradiction: "boolean",
} as const;
