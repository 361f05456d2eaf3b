import { describe, expect, it } from '@jest/globals';
import { WindowSteering } from '../../../../../lib/core/stores/memory/policies/window-steering.js';

const ENTRIES = 10_000;

/** Tells of so many keys that left by the window a moment ago. */
function lean(steering: WindowSteering, towards: 'window' | 'main', ghosts: number): void {
  for (let ghost = 0; ghost < ghosts; ghost++) {
    if (towards === 'window') steering.leftByWindow(1, ENTRIES, true);
    else steering.leftByMain(1, ENTRIES);
    steering.checkInvariants();
  }
}

describe('The steering of a window', () => {
  it('follows the side whose near ghosts come back, from one end to the other', () => {
    const steering = new WindowSteering();
    lean(steering, 'window', 1000);
    expect(steering.share).toBe(0.99);
    lean(steering, 'main', 1000);
    expect(steering.share).toBe(0.01);
  });

  it('goes faster while ghosts agree', () => {
    const steering = new WindowSteering();
    lean(steering, 'window', 10);
    const early = steering.share - 0.01;
    lean(steering, 'window', 10);
    expect(steering.share - 0.01 - early).toBeGreaterThan(2 * early);
  });

  it('stays where it is while both sides ask for more by turns', () => {
    const steering = new WindowSteering();
    lean(steering, 'window', 30);
    const { share } = steering;
    for (let turn = 0; turn < 100; turn++) {
      lean(steering, 'window', 1);
      lean(steering, 'main', 1);
    }
    expect(Math.abs(steering.share - share)).toBeLessThan(0.01);
  });

  it('is not moved by a ghost of the window that has been gone for long', () => {
    const steering = new WindowSteering();
    lean(steering, 'window', 30);
    const { share } = steering;
    steering.leftByWindow(ENTRIES / 2, ENTRIES, true);
    expect(steering.share).toBe(share);
  });

  it('takes a ghost that no window could have kept for one of the main space', () => {
    const steering = new WindowSteering();
    lean(steering, 'window', 1000);
    for (let ghost = 0; ghost < 3000; ghost++) steering.leftByWindow(ENTRIES / 2, ENTRIES, true);
    expect(steering.share).toBeLessThan(0.6);
  });

  it('takes one for it whose key was used before all that the main space has, unless it left a short while ago', () => {
    const steering = new WindowSteering();
    lean(steering, 'window', 30);
    const { share } = steering;
    steering.leftByWindow(ENTRIES / 2, ENTRIES, false);
    expect(steering.share).toBeLessThan(share);
    const less = steering.share;
    steering.leftByWindow(1, ENTRIES, false);
    expect(steering.share).toBeGreaterThan(less);
  });

  it('leaves neither side without anything in a category of one entry', () => {
    const steering = new WindowSteering();
    for (let ghost = 0; ghost < 10; ghost++) steering.leftByWindow(0, 1, true);
    steering.checkInvariants();
    for (let ghost = 0; ghost < 10; ghost++) steering.leftByMain(0, 1);
    steering.checkInvariants();
  });

  it('begins anew when it is cleared', () => {
    const steering = new WindowSteering();
    lean(steering, 'window', 50);
    steering.clear();
    expect(steering.share).toBe(0.01);
    const anew = new WindowSteering();
    lean(steering, 'window', 1);
    lean(anew, 'window', 1);
    expect(steering.share).toBe(anew.share);
  });
});
