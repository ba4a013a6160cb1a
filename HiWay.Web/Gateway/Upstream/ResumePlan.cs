using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>How an attempt goes on with an answer that broke off.</summary>
/// <param name="Relay">Writes on where the answer stopped.</param>
/// <param name="Prefilled">The request with the answer so far as its last turn; null asks the question again from the start.</param>
internal sealed record ResumePlan(IStreamRelay Relay, ChatRequest? Prefilled);
