/** Does the firewall of this machine let phones in? Rules of others on the way are not seen. */

import { enumerate, type Finding, fine, problem, skipped, warning } from "./finding.ts";
import type { Chain, Condition, Rule, Ruleset } from "./firewall_rules.ts";
import type { PortRange } from "./media_ports.ts";

/** `some`: for those whom an accepting rule names by address, interface or the like. */
export type Passage = "open" | "closed" | "some";

export interface Door extends PortRange {
  readonly protocol: "tcp" | "udp";
}

/** Chains that jump in circles are refused by the kernel; this bounds what a strange file could cost. */
const MAX_DEPTH = 16;

/** What becomes of a first packet from a phone somewhere to `port`. */
export function passageOf(
  rules: Ruleset,
  packet: { readonly protocol: "tcp" | "udp"; readonly port: number },
): { readonly passage: Passage; readonly chain?: string } {
  let worst: { passage: Passage; chain?: string } = { passage: "open" };
  for (const chain of rules.values()) {
    if (chain.policy === undefined) continue;
    const walk: Walk = { rules, packet, isOpenForSome: false };
    const verdict = follow(chain, walk, 0) ?? chain.policy;
    const passage = verdict === "accept" ? "open" : walk.isOpenForSome ? "some" : "closed";
    if (RANK[passage] > RANK[worst.passage]) worst = { passage, chain: chain.name };
  }
  return worst;
}

const RANK = { open: 0, some: 1, closed: 2 } as const;

interface Walk {
  readonly rules: Ruleset;
  readonly packet: { readonly protocol: "tcp" | "udp"; readonly port: number };
  isOpenForSome: boolean;
}

/** What the chain decides for everybody; undefined when it comes to its end. */
function follow(chain: Chain, walk: Walk, depth: number): "accept" | "drop" | undefined {
  for (const rule of chain.rules) {
    const meant = isMeant(rule, walk);
    if (meant === "no") continue;
    const { verdict } = rule;
    if (verdict.kind === "return" && meant === "yes") return undefined;
    if (verdict.kind === "accept" || verdict.kind === "drop") {
      if (meant === "yes") return verdict.kind;
      // A drop that concerns some (a ban list, a rate) closes nothing for the others.
      if (verdict.kind === "accept") walk.isOpenForSome = true;
    }
    if (verdict.kind === "jump") {
      const target = walk.rules.get(verdict.chain);
      const decided = target && depth < MAX_DEPTH ? follow(target, walk, depth + 1) : undefined;
      if (meant === "yes" && decided) return decided;
      if (meant === "yes" && !verdict.comesBack) return undefined;
      if (decided === "accept") walk.isOpenForSome = true;
    }
  }
  return undefined;
}

function isMeant({ conditions }: Rule, { packet }: Walk): "yes" | "no" | "maybe" {
  const answers = conditions.map((condition) => holds(condition, packet));
  return answers.includes("no") ? "no" : answers.includes("maybe") ? "maybe" : "yes";
}

function holds(condition: Condition, { protocol, port }: Walk["packet"]): "yes" | "no" | "maybe" {
  switch (condition.kind) {
    case "never":
      return "no";
    case "maybe":
      return "maybe";
    case "protocol": {
      const isThere = condition.protocols.some((one) =>
        one === protocol || one === "all" || one === NUMBERS[protocol]
      );
      return isThere !== condition.isNegated ? "yes" : "no";
    }
    case "port": {
      if (condition.protocol !== undefined && condition.protocol !== protocol) return "no";
      const isThere = condition.ranges.some(({ first, last }) => port >= first && port <= last);
      return isThere !== condition.isNegated ? "yes" : "no";
    }
    default:
      return condition satisfies never;
  }
}

/** Of the Internet protocols (IANA). */
const NUMBERS = { tcp: "6", udp: "17" } as const;

export interface FirewallFacts {
  /** What could be read; undefined: nothing, for the reason given. */
  readonly rules: Ruleset | undefined;
  readonly reason?: string;
  /** What phones and carriers must reach. */
  readonly doors: readonly Door[];
}

export function judgeFirewall({ rules, reason, doors }: FirewallFacts): Finding[] {
  if (!rules) return [skipped("firewall", `the firewall cannot be read: ${reason ?? "no permission"}`)];
  const keeper = keeperOf(rules);
  const seen = doors.map((door) => ({ door, ...worstOf(rules, door) }));
  const closed = seen.filter(({ passage }) => passage === "closed");
  const some = seen.filter(({ passage }) => passage === "some");
  const found = closed.map(({ door, chain }) =>
    problem("firewall", `the firewall (${chain}) keeps out ${print(door)}`, ...openDoor(door, keeper, chain))
  );
  if (some.length > 0) {
    const doorsOf = enumerate(some.map(({ door }) => print(door)));
    found.push(warning(
      "firewall",
      `the firewall (${
        some[0]!.chain
      }) lets only some in to ${doorsOf}: fine if those are your phones and carriers`,
      ...some.flatMap(({ door, chain }) => openDoor(door, keeper, chain)),
    ));
  }
  if (found.length > 0) return found;
  const filters = [...rules.values()].some(({ policy }) => policy === "drop");
  return [
    fine(
      "firewall",
      filters
        ? `the firewall lets in ${enumerate(doors.map(print))}`
        : "no rule of this machine's firewall keeps phones out",
    ),
  ];
}

/** Ends and middle of a range: nobody opens half a range on purpose. */
function worstOf(rules: Ruleset, { protocol, first, last }: Door): ReturnType<typeof passageOf> {
  return [first, (first + last) >> 1, last].map((port) => passageOf(rules, { protocol, port }))
    .reduce((worst, one) => RANK[one.passage] > RANK[worst.passage] ? one : worst);
}

function print({ protocol, first, last }: Door): string {
  return `${protocol} ${first === last ? first : `${first}-${last}`}`;
}

/** Who writes the rules: its own words mend them. */
type Keeper = "ufw" | "firewalld" | "nft" | "iptables";

function keeperOf(rules: Ruleset): Keeper {
  const names = [...rules.keys()];
  if (names.some((name) => / ufw6?-/.test(name))) return "ufw";
  if (names.some((name) => / firewalld /.test(name))) return "firewalld";
  return names.some((name) => / filter INPUT$/.test(name)) ? "iptables" : "nft";
}

function openDoor(
  { protocol, first, last }: Door,
  keeper: Keeper,
  chain = "inet filter input",
): string[] {
  const range = (sign: string) => first === last ? `${first}` : `${first}${sign}${last}`;
  switch (keeper) {
    case "ufw":
      return [`ufw allow ${range(":")}/${protocol}`];
    case "firewalld":
      return [`firewall-cmd --permanent --add-port=${range("-")}/${protocol} && firewall-cmd --reload`];
    case "nft":
      return [`nft insert rule ${chain} ${protocol} dport ${range("-")} accept`];
    case "iptables": {
      const tool = chain.startsWith("ip6") ? "ip6tables" : "iptables";
      return [`${tool} -I INPUT -p ${protocol} --dport ${range(":")} -j ACCEPT`];
    }
    default:
      return keeper satisfies never;
  }
}
