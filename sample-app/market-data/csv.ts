/**
 * Reads plain CSV: a header, then rows of as many fields, no quotes. What does not look so is an
 * error with its line, since a price in the wrong column is worse than none.
 */
export function readCsv<Column extends string>(
  text: string,
  columns: readonly Column[],
): Record<Column, string>[] {
  const [header = '', ...rows] = text.trimEnd().split(/\r?\n/);
  const names = header.split(',');
  const positions = columns.map((column) => {
    const position = names.indexOf(column);
    if (position === -1) throw new Error(`CSV line 1: no column "${column}" in "${header}"`);
    return [column, position] as const;
  });
  return rows.map((row, index) => {
    const fields = row.split(',');
    if (fields.length !== names.length || row.includes('"')) {
      throw new Error(`CSV line ${index + 2}: "${row}" is not ${names.length} plain fields`);
    }
    const picked = positions.map(([column, position]) => [column, fields[position]]);
    return Object.fromEntries(picked) as Record<Column, string>;
  });
}
