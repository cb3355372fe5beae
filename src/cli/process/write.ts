/** Writes text to its end. Resolves to false where nobody reads any more, as behind `head`; rejects where writing fails. */
export function write(stream: NodeJS.WritableStream, text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === null || error === undefined) resolve(true);
      else if (isClosed(error)) resolve(false);
      else reject(error);
    });
  });
}

/** The errors of a stream reach who writes to it; as events of their own they would end the process. */
export function keepQuiet(stream: NodeJS.WritableStream): void {
  stream.on("error", () => {});
}

function isClosed(error: NodeJS.ErrnoException): boolean {
  return error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED" || error.code === "EOF";
}
