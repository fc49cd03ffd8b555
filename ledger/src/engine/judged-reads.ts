/** So many shapes are remembered; dashboards have some two hundred. */
const MOST = 1000;
const LONGEST = 16_384;

/**
 * Texts of which ClickHouse's parser has said that they are one statement, and that it only reads. Of one that differs in digits alone it would say the
 * same: a digit in the place of another ends no word, quote or comment, and keywords have none.
 */
export class JudgedReads {
  readonly #shapes = new Set<string>();

  has(sql: string): boolean {
    return sql.length <= LONGEST && this.#shapes.has(shapeOf(sql));
  }

  add(sql: string): void {
    if (sql.length > LONGEST) return;
    if (this.#shapes.size >= MOST) this.#shapes.clear();
    this.#shapes.add(shapeOf(sql));
  }
}

const shapeOf = (sql: string) => sql.replace(/\d/g, '0');
