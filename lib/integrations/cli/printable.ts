/** What a terminal obeys, does not show, or shows elsewhere: control, format and private characters, spaces that look like one. */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
const UNSHOWN_BUT_LINES = /(?!\n)(?:[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs})/gu;

/** What can stand without quotes: no space, no quote, and nothing that a table itself writes. */
const PLAIN = /^[^\s"'\\,]+$/u;

const LONGEST = 200;

/** A key, category or tag as it is printed: as it is, or as a JSON string, which `unquoted` reads. */
export function printable(name: string): string {
  if (name.length > LONGEST) {
    const rest = name.length - LONGEST;
    return `${quoted(name.slice(0, LONGEST))}... and ${rest} more characters`;
  }
  return PLAIN.test(name) && name.search(UNSHOWN) < 0 ? name : quoted(name);
}

/** The name that was meant by an argument: one in double quotes is what `printable` prints. */
export function unquoted(argument: string): string {
  if (!/^".*"$/s.test(argument)) return argument;
  try {
    const name: unknown = JSON.parse(argument);
    return typeof name === 'string' ? name : argument;
  } catch {
    return argument;
  }
}

/** A text of ours with others' texts in it, on one line. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').replaceAll(UNSHOWN, escape);
}

/** A text of several lines. JSON stays JSON: outside its strings there is nothing to escape. */
export function onLines(text: string): string {
  return text.replaceAll(UNSHOWN_BUT_LINES, escape);
}

function quoted(name: string): string {
  return JSON.stringify(name).replaceAll(UNSHOWN, escape);
}

/** As in JSON. */
function escape(character: string): string {
  let escaped = '';
  for (let at = 0; at < character.length; at++) {
    escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}
