/** Tokens and calls that model replies reported. All counts are whole numbers from 0 up. */
export interface Usage {
  /** What was sent, as the provider counts it. */
  readonly inputTokens: number;
  /** The part of `inputTokens` that the provider served from its cache. */
  readonly cachedInputTokens: number;
  /** What was answered, as the provider counts it. */
  readonly outputTokens: number;
  /** The part of `outputTokens` that was spent on hidden reasoning. */
  readonly reasoningTokens: number;
  /** `inputTokens + outputTokens`. */
  readonly totalTokens: number;
  /** Replies received from a model, whether or not they were used. */
  readonly modelCalls: number;
  /** What the tokens cost by the run option `prices`, to a billionth; absent where that does not know one of the models. */
  readonly cost?: number;
}
