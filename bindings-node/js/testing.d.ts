import type { TestContext } from "node:test";

import type { ShippedStore, Store } from "./server.js";

export interface StoreTests {
  /** How many random requests are compared with the store in memory, for each seed. Default 400. */
  requests?: number;
  /** Default `[1, 2]`. */
  seeds?: number[];
  /** Whether members of groups are a set of `value`s, without order and without anything beside them. Default false. */
  plainMembers?: boolean;
  /** Whether it keeps what is deleted softly (`removed`, `restore` and `purge` of {@link Store}). Default false. */
  keepsRemoved?: boolean;
  /** Whether the store counts versions itself, so that they are not those of the store in memory. Default false. */
  ownVersions?: boolean;
}

/**
 * Declares tests of `node:test` for what a store promises: what is kept and found, unique values,
 * versions, tenants, changes at the same time, and the same answers as the store in memory.
 *
 * @example
 * import { testStore } from "@scimforge/node/testing";
 *
 * testStore(() => new MyStore());
 */
export function testStore(
  makeStore: (t: TestContext) => Store<any> | ShippedStore | Promise<Store<any> | ShippedStore>,
  settings?: StoreTests,
): void;
