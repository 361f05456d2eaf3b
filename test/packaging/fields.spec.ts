import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const classes = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => classesIn(join('lib', file)));

function classesIn(file: string): ts.ClassLikeDeclaration[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(file, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: ts.ClassLikeDeclaration[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isClassLike(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Of the class itself, or put into the object by another way. */
const ELSEWHERE = new Set([ts.SyntaxKind.StaticKeyword, ts.SyntaxKind.DeclareKeyword]);

/** Fields that an object gets after it was made: those that are declared only, and that its constructor does not set. */
function lateFields(node: ts.ClassLikeDeclaration): string[] {
  const body = node.members.find((member) => ts.isConstructorDeclaration(member) && member.body);
  const constructor = body?.getText() ?? '';
  return node.members
    .filter(ts.isPropertyDeclaration)
    .filter(({ name, initializer, questionToken, modifiers = [] }) => {
      const isElsewhere = modifiers.some(({ kind }) => ELSEWHERE.has(kind));
      const isDeclared = !ts.isPrivateIdentifier(name) && !isElsewhere && !questionToken;
      return (
        isDeclared && !initializer && !new RegExp(`this\\.${name.getText()} =`).test(constructor)
      );
    })
    .map(({ name }) => `${node.getSourceFile().fileName}: ${name.getText()}`);
}

describe('classes', () => {
  // A field that comes later changes the shape of its object, and V8 looks twice from then on: see docs/design/memory-tier.md.
  it('have all their fields from the start', () => {
    expect(classes.length).toBeGreaterThan(200);
    expect(classes.flatMap(lateFields)).toEqual([]);
  });
});
