import { type Told as Failure, type Leaf, type Limits, merge, type Retries, type Seen } from "./description.ts";
import {
  type Begin,
  type Bounds,
  type Code,
  catchable,
  type Env,
  type Execution,
  Failing,
  type Group,
  type How,
  type Line,
  type Mode,
  type Named,
  newGroup,
  type Result,
  stopped,
  told,
  unlimited,
} from "./line.ts";
import { Undoing } from "./undo.ts";
import { valueGiven } from "./world.ts";

/** What lines do: run groups and join what they wrote, call leaves, try again. */
export abstract class Calls extends Undoing {
  /** Runs arms together, and joins what they wrote. */
  protected *group(
    line: Line,
    what: Named,
    mode: Mode,
    arms: readonly Begin[],
    { timeout, concurrency = unlimited }: Bounds,
    merges: boolean,
    attempt = 1,
    ended: (group: Group) => void = () => {},
  ): Code<unknown[]> {
    const group = newGroup(line, mode, arms, concurrency);
    group.ended = () => ended(group);
    const failure = yield () => {
      line.child = group;
      if (timeout !== undefined) group.disarm = this.timer(timeout, () => this.fail(group, told("step_timed_out", what, attempt)));
      this.offer(group);
      this.settleGroup(group);
    };
    if (failure !== undefined) throw new Failing(failure as Failure);
    const base = line.state.values;
    const values: Record<string, unknown> = { ...base };
    const joined = new Set<string>();
    // Without holes: an arm that failed or lost has no state.
    group.states.forEach((arm) => {
      for (const key of arm.written) {
        if (merges && key === "b") values[key] = merge(values[key], arm.values[key], base[key]);
        else if (joined.has(key)) throw new Failing(told("state_conflict", what, 1));
        else values[key] = arm.values[key];
        joined.add(key);
      }
    });
    line.state = { values, written: new Set([...line.state.written, ...joined]) };
    return group.results;
  }

  /** Tries something of several steps as a group of one, each further attempt under a path of its own. No arm: nothing is merged. */
  protected *retried(line: Line, what: Named, record: Execution, { timeout, retries }: Limits, begin: (path: string) => Begin): Code {
    for (let attempt = 1; ; attempt++) {
      record.attempts = attempt;
      try {
        const results = yield* this.group(
          line,
          what,
          "all",
          [begin(attempt === 1 ? what.path : `${what.path}~${attempt}`)],
          timeout === undefined ? {} : { timeout },
          false,
          attempt,
        );
        return results[0];
      } catch (thrown) {
        if (!(thrown instanceof Failing)) throw thrown;
        yield* this.#pause(line, what, retries, attempt, thrown.failure);
      }
    }
  }

  /** Waits before the next attempt, or fails where there is none. */
  *#pause(line: Line, { kind }: Named, retries: Retries | undefined, attempt: number, failure: Failure): Code<void> {
    if (retries === undefined || attempt > retries.max || !catchable(failure)) throw new Failing(failure);
    const ms = Math.min(retries.cap, retries.initial * retries.factor ** (attempt - 1));
    // What is being undone is shielded from the end of the run's time, too.
    if (kind !== "undo" && this.now + ms >= (this.run.timeout ?? unlimited)) throw new Failing(failure);
    yield* this.sleep(line, ms);
  }

  protected sleep(line: Line, ms: number): Code<void> {
    return this.wait(line, (resume) => this.timer(ms, resume));
  }

  /** The call has been asked for. One that is aborted before it begins never does, and its end is written as any. */
  #asks(line: Line, limited: boolean, begun: number): void {
    const never = () => {
      if (line.over) return;
      this.free++;
      this.end(line, stopped);
    };
    line.attempt = { limited, begun, abort: () => {}, leave: never };
    this.ask(() => {
      if (line.group.aborted) this.soon.push(never);
      else this.advance(line);
    });
  }

  // ---- calls

  /** One leaf, tried as often as its limits say. */
  protected override *call(line: Line, what: Named, leaf: Leaf, limits: Limits, env: Env, last: unknown): Code {
    let record: Execution | undefined;
    for (let attempt = 1; ; attempt++) {
      if (this.free === 0 || this.waiting.length > 0) {
        yield* this.wait(line, (resume) => {
          this.waiting.push(resume);
          return () => void this.waiting.splice(this.waiting.indexOf(resume), 1);
        });
      }
      if (what.kind !== undefined) record ??= this.begin(line, what);
      if (record !== undefined) record.attempts = attempt;
      const result = yield* this.#attempt(line, what, leaf, limits, env, last, attempt, record);
      if ("value" in result) return result.value;
      try {
        yield* this.#pause(line, what, limits.retries, attempt, result.failure);
      } catch (thrown) {
        if (record !== undefined) this.finish(line, record, "failed");
        throw thrown;
      }
    }
  }

  *#attempt(
    line: Line,
    what: Named,
    leaf: Leaf,
    { timeout }: Limits,
    env: Env,
    last: unknown,
    attempt: number,
    record: Execution | undefined,
  ): Code<Result> {
    const limited = timeout !== undefined;
    let timedOut = false;
    const begun = this.attempts++;
    let signalled = false;
    let over = false;
    let disarmSettling = () => {};
    let disarm = () => {};
    this.free--;
    if (this.held) yield () => this.#asks(line, limited, begun);
    if (timeout !== undefined) {
      disarm = this.at(timeout, () => {
        timedOut = true;
        signal();
        disarm = this.timer(this.run.grace, () => conclude("left", outcome("left")));
      });
    }
    const seen: Seen = {
      last,
      steps: this.seen(env),
      state: line.state.values,
      attempt,
      iteration: env.iteration,
      index: env.index,
      failure: env.failure,
      ...(env.undoes && { undoes: env.undoes.output }),
    };
    const { reply, name } = this.world.called(leaf, seen);
    this.underWay++;
    const outcome = (how: How): Result => {
      if (timedOut) return { failure: told("step_timed_out", what, attempt) };
      if (how !== "value") return { failure: told("step_failed", what, attempt, this.world.cause(name)) };
      try {
        return { value: valueGiven(leaf, name, seen) };
      } catch (cause) {
        return { failure: told("step_failed", what, attempt, cause) };
      }
    };
    const release = (result: Result) => {
      over = true;
      disarm();
      this.underWay--;
      this.free++;
      if ("failure" in result) return;
      if (reply.writes !== undefined)
        line.state = { values: { ...line.state.values, [reply.writes]: name }, written: new Set(line.state.written).add(reply.writes) };
      this.book(line, what, result.value, env, last);
      what.publish?.(result.value);
      if (record !== undefined) this.finish(line, record, "completed");
    };
    const conclude = (how: How, result: Result) => {
      release(result);
      // Too late to count, but done.
      if (timedOut && how === "value") this.book(line, what, valueGiven(leaf, name, seen), env, last);
      if (!line.group.aborted) this.ready.push(() => this.advance(line, result));
      else
        this.end(
          line,
          "value" in result || (how === "reason" && !timedOut) ? stopped : { ...result, answers: reply.onAbort !== "ignores" && !timedOut },
        );
    };
    const settle = (how: How) => {
      this.world.note(`${name} ends: ${how}`);
      // As a promise does: not before what goes on now has come to rest.
      this.soon.push(() => void (over || conclude(how, outcome(how))));
    };
    const signal = () => {
      if (signalled) return;
      signalled = true;
      const { onAbort } = reply;
      if (onAbort === "ignores") return;
      this.world.note(`${name} is told to stop`);
      disarmSettling();
      if (onAbort === "stops") settle("reason");
      else disarmSettling = this.at(onAbort.for, () => settle(onAbort.then));
    };
    if (reply.cancels === true) this.cancel();
    const { after } = reply;
    const leave = () => {
      over = true;
      disarm();
      this.underWay--;
      this.free++;
      this.end(line, timedOut ? outcome("left") : stopped);
    };
    if (after === "at once") {
      this.world.note(`${name} ends: ${reply.with}`);
      const result = outcome(reply.with);
      if (reply.cancels === undefined && this.journal === "none") {
        release(result);
        return result;
      }
      // On a journal it is written first. A cancel comes first: what the call came to is that of an aborted one.
      return (yield () => {
        line.attempt = { limited, begun, abort: () => {}, leave };
        this.soon.push(() => conclude(reply.with, result));
      }) as Result;
    }
    return (yield () => {
      const abort = () => {
        if (!timedOut) disarm();
        signal();
      };
      line.attempt = { limited, begun, abort, leave };
      if (after !== "never") disarmSettling = this.at(after, () => settle(reply.with));
    }) as Result;
  }
}
