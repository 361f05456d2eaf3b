/** Whoever a chapter is told to. */
export interface Teller {
  say(line: string): void;
  /** States something and whether it is so. */
  claim(text: string, holds: boolean): void;
}
