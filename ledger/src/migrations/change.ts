export type Change = CreateTable | CreateView;

export interface CreateTable {
  readonly table: string;
  /** Column and index definitions, without the parentheses. */
  readonly columns: string;
  /** `Null` keeps nothing: it hands the rows of a view to other views. */
  readonly engine: 'MergeTree' | 'AggregatingMergeTree' | 'Null';
  /** PARTITION BY, ORDER BY, TTL and SETTINGS. */
  readonly clauses: string;
  /** How rows spread over the shards of a cluster. */
  readonly shardBy: string;
}

/** A materialized view that feeds `to` from every insert into `from`. */
export interface CreateView {
  readonly view: string;
  readonly to: string;
  readonly from: string;
  /** The select list and what follows the table name. */
  readonly select: string;
  readonly groupBy: string;
}
