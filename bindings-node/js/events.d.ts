import type { webcrypto } from "node:crypto";

import type { ScimHandler } from "./server.js";
import type { Change, ScimEvent } from "./types.js";

/** Who is told of changes. What is told is kept with the change, and delivered at least once. */
export interface EventSettings {
  /**
   * What is kept of a change: the paths of attributes (`notice`), or the values as well (`full`).
   * Passwords, and whatever is write-only or never returned, in neither. Default `notice`.
   */
  mode?: "notice" | "full" | undefined;
  /** Gets each event; one that it throws at, or that takes too long, comes again. */
  onEvent?: ((event: ScimEvent, more: { seq: number; signal: AbortSignal }) => unknown) | undefined;
  /** Receivers of webhooks, signed as Standard Webhooks has it, with the package `standardwebhooks`. */
  webhooks?: WebhookSettings[] | undefined;
  /** A receiver of Security Event Tokens (RFC 9967), signed with the package `jose`, pushed (RFC 8935). */
  set?: SecurityEventSettings | undefined;
  /** Whether this process delivers; false where others do that. Default true. */
  deliver?: boolean | undefined;
  retry?: {
    /** How often an event is tried before it is given up. Default 15, which take about 6 hours. */
    attempts?: number | undefined;
    /** The first wait; each is twice as long as the one before. Default 1. */
    firstSeconds?: number | undefined;
    /** The longest wait. Default 3,600. */
    mostSeconds?: number | undefined;
    /** How long a receiver may take. Default 15. */
    timeoutSeconds?: number | undefined;
  } | undefined;
  /**
   * How long events are kept that were delivered, or given up. Default 7. What is for a receiver that
   * is no longer there is given up when nobody has looked for what is due to it for a day.
   */
  keepDays?: number | undefined;
}

interface Receiver {
  /** Begins with `https:`, but for receivers on this machine. */
  url: string;
  /** Names (`user.deactivated`) and URIs of events; a URI stands for those that it begins. Default: all. */
  types?: (`${"user" | "group"}.${"created" | "updated" | "deleted"}` | "user.activated" | "user.deactivated" | (string & {}))[] | undefined;
  /** `full` for values, where these are kept. */
  mode?: "notice" | "full" | undefined;
  /** What it is called in the outbox and in messages. Default: its host, and a digest of the URL, which may have a secret in it. */
  name?: string | undefined;
}

export interface WebhookSettings extends Receiver {
  /** As the receiver has it: `whsec_` and base64. */
  secret: string;
  /** The package, where it cannot be found from here. */
  standardwebhooks?: { Webhook: new (secret: string) => { sign(id: string, timestamp: Date, payload: string): string } } | undefined;
}

export interface SecurityEventSettings extends Receiver {
  issuer: string;
  audience: string | string[];
  /** A private key: as JWK, or as `jose` takes it. */
  key: Record<string, unknown> | webcrypto.CryptoKey | Uint8Array;
  /** Its algorithm, such as `ES256`; that of the JWK if it has one. */
  alg?: string | undefined;
  /** Its name in the header of tokens; that of the JWK if it has one. */
  kid?: string | undefined;
  /** The header `Authorization` of what is pushed. */
  authorization?: string | undefined;
  /** The package, where it cannot be found from here. */
  jose?: { SignJWT: any; importJWK: any } | undefined;
}

/** What was given up. */
export interface DeadLetter extends Change {
  /** What it is called in {@link ScimHandler.retryDeadLetters}, and as `after`. */
  id: string;
  /** The name of its receiver, as in messages. */
  receiver: string;
  /** How often it was tried. */
  attempts: number;
  /** Why it was not delivered: in our words. */
  failure: string;
}

/**
 * What a store of your own offers so that events are delivered from it. `sink` is the name of a
 * receiver; times are milliseconds.
 */
export interface Outbox {
  /**
   * Up to `limit` events that are due for a receiver, each of another resource and the first of it
   * that is still to be delivered. For `lease` they belong to the one who asked.
   */
  claim(asked: { sink: string; limit: number; lease: number }): Promise<Claimed[]>;
  /**
   * What became of a delivery: it is `done`, it is due `again` after `wait`, or it is given up. Of
   * another attempt than the last it changes nothing. After `done` with a `lease`, answers the next
   * event of the same resource as if it had been claimed.
   */
  settle(settled: {
    sink: string;
    seq: number;
    attempts: number;
    outcome: "done" | "again" | "dead";
    wait?: number;
    failure?: string;
    lease?: number;
  }): Promise<Claimed | undefined>;
  /**
   * The events behind one, in order; none may turn up before one that was answered. Who has to wait
   * for that asks `ended` whether anybody still waits for the answer.
   */
  changes(asked: { after: number; limit: number; ended(): boolean }): Promise<Change[]>;
  /**
   * Forgets events of that age that are not to be delivered any more; `more` asks to be called again.
   * May give up, with this `failure`, what is for other receivers than the `known` ones and was due
   * for `abandonedAfter` already; `givenUp` says how much, by receiver.
   */
  prune(asked: {
    age: number;
    known: string[];
    abandonedAfter: number;
    failure: string;
  }): Promise<{ givenUp?: Record<string, number>; more?: boolean } | void>;
  /** What was given up, in the order of `seq` and `sink`, behind such a place. */
  deadLetters?(asked: {
    seq: number;
    sink: string;
    limit: number;
    receiver?: string;
  }): Promise<(Claimed & { sink: string; failure: string })[]>;
  /** Has what was given up for these receivers delivered again, all of it or these (`seq.sink`); answers how many. */
  retry?(asked: { receivers: string[]; ids?: string[] }): Promise<number>;
}

export interface Claimed extends Change {
  /** How often it was claimed. */
  attempts: number;
}
