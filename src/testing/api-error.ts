const types: { readonly [status: number]: readonly [type: string, message: string, code?: string] } = {
  400: ["invalid_request_error", "The request is not valid."],
  401: ["invalid_request_error", "Incorrect API key provided.", "invalid_api_key"],
  403: ["invalid_request_error", "You are not allowed to use this model."],
  404: ["invalid_request_error", "The model does not exist or you do not have access to it.", "model_not_found"],
  408: ["timeout", "The request timed out."],
  409: ["conflict", "The request conflicts with another one."],
  422: ["invalid_request_error", "The request could not be processed."],
  429: ["rate_limit_error", "Rate limit reached. Please try again later.", "rate_limit_exceeded"],
  500: ["server_error", "The server had an error while processing your request."],
  502: ["server_error", "Bad gateway."],
  503: ["server_error", "The engine is currently overloaded, please try again later."],
  529: ["server_error", "The engine is currently overloaded, please try again later."],
};

export interface ApiErrorOptions {
  readonly message?: string;
  readonly type?: string;
  readonly code?: string | null;
  readonly param?: string | null;
  readonly headers?: { readonly [name: string]: string };
}

/** An answer that is an error, in the shape all OpenAI endpoints use. */
export class ApiError extends Error {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: {
    readonly error: { message: string; type: string; code: string | null; param: string | null };
  };

  constructor(status: number, options: ApiErrorOptions = {}) {
    const [type, message, code] = types[status] ?? [status < 500 ? "invalid_request_error" : "server_error", "An error."];
    super(options.message ?? message);
    this.name = "ApiError";
    this.status = status;
    this.headers = options.headers ?? {};
    this.body = {
      error: {
        message: this.message,
        type: options.type ?? type,
        code: options.code === undefined ? (code ?? null) : options.code,
        param: options.param ?? null,
      },
    };
  }
}

/** A 400 that names the parameter at fault. */
export function badRequest(message: string, param: string | null = null, code: string | null = null): ApiError {
  return new ApiError(400, { message, param, code });
}
