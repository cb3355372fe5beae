import { cutsOf, cutWrong, Damage, flips, flipWrong } from "../journal/damage.ts";

const records = 4;

/** True where no cut of a log and no flipped bit ever showed anything but what had been written. */
export async function everyByte(): Promise<boolean> {
  const wrong: string[] = [];
  let most = 0;
  const tell = (what: string) => console.log(`${what}: ${wrong.length === 0 ? "nothing that was not written" : wrong.join("; ")}`);
  using damage = new Damage();
  const { whole, ...files } = await damage.files(records, false);
  const lengths = cutsOf(files.log, 1);
  for (const length of lengths) {
    const left = await damage.read({ main: files.main, log: files.log.subarray(0, length) });
    const problem = cutWrong(left, most, whole);
    if (problem !== undefined) wrong.push(`${problem}, cut to ${length}`);
    most = Math.max(most, left?.length ?? 0);
  }
  if (most !== records) wrong.push(`${most} records of the whole log`);
  tell(`A log cut to each of ${lengths.length} lengths`);
  const settled = await damage.files(records, true);
  for (const [of, which] of [
    [files, "log"],
    [settled, "main"],
  ] as const) {
    let [tried, noticed] = [0, 0];
    for (const { at, ...flipped } of flips(of, which, 1)) {
      const left = await damage.read(flipped);
      const problem = flipWrong(left, whole);
      if (problem !== undefined) wrong.push(`${problem}, a bit of byte ${at} of the ${which} flipped`);
      tried++;
      if (left === undefined || left.length < records) noticed++;
    }
    tell(`A bit of each of ${tried} bytes of the ${which} flipped, ${noticed} noticed`);
  }
  return wrong.length === 0;
}
