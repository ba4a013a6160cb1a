using System.Text;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Tests.Dialects;

public sealed class ErrorReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 10, 21, 7, 27, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("anthropic-messages-403-permission-s", UpstreamErrorKind.Authentication, null)]
    [InlineData("anthropic-messages-429-rate-limit-s", UpstreamErrorKind.RateLimit, 17.0)]
    [InlineData("anthropic-messages-529-overloaded-s", UpstreamErrorKind.Overloaded, null)]
    [InlineData("anthropic-messages-error-400-01", UpstreamErrorKind.ContextLength, null)]
    [InlineData("anthropic-messages-error-400-03", UpstreamErrorKind.InvalidRequest, null)]
    [InlineData("anthropic-messages-error-401-01", UpstreamErrorKind.Authentication, null)]
    [InlineData("anthropic-messages-error-404-01", UpstreamErrorKind.ModelNotFound, null)]
    [InlineData("deepseek-chat-completions-error-400-01", UpstreamErrorKind.ContextLength, null)]
    [InlineData("deepseek-chat-completions-error-401-01", UpstreamErrorKind.Authentication, null)]
    [InlineData("google-vertex-generate-content-error-404-01", UpstreamErrorKind.ModelNotFound, null)]
    [InlineData("google-generate-content-429-retryinfo-x01", UpstreamErrorKind.RateLimit, 34.4)]
    [InlineData("google-generate-content-503-unavailable-s", UpstreamErrorKind.Overloaded, null)]
    [InlineData("google-generate-content-error-400-01", UpstreamErrorKind.Authentication, null)]
    [InlineData("google-generate-content-error-404-01", UpstreamErrorKind.ModelNotFound, null)]
    [InlineData("google-generate-content-error-429-01", UpstreamErrorKind.RateLimit, 48.0)]
    [InlineData("groq-chat-completions-error-400-01", UpstreamErrorKind.InvalidRequest, null)]
    [InlineData("llamacpp-chat-completions-error-401-01", UpstreamErrorKind.Authentication, null)]
    [InlineData("llamacpp-chat-completions-error-500-01", UpstreamErrorKind.Server, null)]
    [InlineData("mistral-chat-completions-error-400-01", UpstreamErrorKind.ModelNotFound, null)]
    [InlineData("mistral-chat-completions-error-401-01", UpstreamErrorKind.Authentication, null)]
    [InlineData("ollama-chat-completions-error-401-01", UpstreamErrorKind.Authentication, null)]
    [InlineData("openai-compatible-empty-503-s", UpstreamErrorKind.Overloaded, 60.0)]
    [InlineData("openai-chat-completions-429-insufficient-quota-s", UpstreamErrorKind.QuotaExhausted, null)]
    [InlineData("openai-chat-completions-429-rate-limit-s", UpstreamErrorKind.RateLimit, 1.4)]
    [InlineData("openai-chat-completions-503-overloaded-s", UpstreamErrorKind.Overloaded, 5.0)]
    [InlineData("openai-chat-completions-error-400-03", UpstreamErrorKind.InvalidRequest, null)]
    [InlineData("openai-chat-completions-error-401-01", UpstreamErrorKind.Authentication, null)]
    [InlineData("openai-chat-completions-error-404-01", UpstreamErrorKind.ModelNotFound, null)]
    [InlineData("openrouter-chat-completions-error-400-01", UpstreamErrorKind.InvalidRequest, null)]
    [InlineData("openrouter-chat-completions-error-403-01", UpstreamErrorKind.ContentFilter, null)]
    [InlineData("openrouter-chat-completions-error-429-01", UpstreamErrorKind.RateLimit, null)]
    [InlineData("perplexity-chat-completions-error-400-01", UpstreamErrorKind.ContextLength, null)]
    [InlineData("perplexity-chat-completions-error-401-01", UpstreamErrorKind.Authentication, null)]
    public void ARecordedError_IsUnderstood(string name, UpstreamErrorKind kind, double? retryAfterSeconds)
    {
        var recording = Recording.Named(name);
        var error = RecordedAnswerTests.DialectOf(recording).ReadError(recording.Status, recording.Headers, recording.Body, Now);

        Assert.Equal((kind, retryAfterSeconds, recording.Status), (error.Kind, error.RetryAfter is { } wait ? Math.Round(wait.TotalSeconds, 3) : null, error.Status));
    }

    public static TheoryData<Recording> Errors => new(Recording.All.Where(one => one.Status >= 400));

    [Theory]
    [MemberData(nameof(Errors))]
    public void EveryRecordedError_KeepsTheProvidersWords(Recording recording)
    {
        var error = RecordedAnswerTests.DialectOf(recording).ReadError(recording.Status, recording.Headers, recording.Body, Now);

        Assert.NotEqual(UpstreamErrorKind.Unknown, error.Kind);
        var body = Encoding.UTF8.GetString(recording.Body);
        Assert.True(body.Length == 0 || error.Message.Length > 3, error.Message);
        Assert.NotEqual("Provider returned error", error.Message);
    }

    [Fact]
    public void OpenRoutersWrapping_GivesWayToTheProvidersOwnWords()
    {
        var recording = Recording.Named("openrouter-chat-completions-error-400-01");
        var error = OpenAiErrors.Read(400, recording.Body);
        Assert.Equal(("Unsupported parameter: 'temperature' is not supported with this model.", "temperature"), (error.Message, error.Param));
    }

    [Theory]
    [InlineData("<html><head><style>p{}</style><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>", "502 Bad Gateway nginx")]
    [InlineData("upstream connect error", "upstream connect error")]
    [InlineData("", "The upstream answered 502 without a message.")]
    [InlineData("[]", "[]")]
    [InlineData("null", "null")]
    [InlineData("""{"error":"no"}""", "no")]
    [InlineData("""{"detail":[{"loc":["body","model"],"msg":"field required"}]}""", "body.model: field required")]
    [InlineData("""{"error":{"message":{"deep":1}}}""", """{"error":{"message":{"deep":1}}}""")]
    public void ABodyOfAnyShape_IsQuoted(string body, string message)
    {
        var error = OpenAiErrors.Read(502, Encoding.UTF8.GetBytes(body));
        Assert.Equal((message, UpstreamErrorKind.Server), (error.Message, error.Kind));
    }

    [Fact]
    public void ALongMessage_IsCut() =>
        Assert.Equal(UpstreamError.MaxMessageLength, OpenAiErrors.Read(500, Encoding.UTF8.GetBytes(new string('x', 9000))).Message.Length);

    [Theory]
    [InlineData("Retry-After", "30", 30.0)]
    [InlineData("Retry-After", "1.5", 1.5)]
    [InlineData("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT", 60.0)]
    [InlineData("Retry-After", "Wed, 21 Oct 2020 07:28:00 GMT", 0.0)]
    [InlineData("Retry-After", "soon", null)]
    [InlineData("Retry-After", "-5", 0.0)]
    [InlineData("retry-after-ms", "250", 0.25)]
    [InlineData("Retry-After", "999999999", 86400.0)]
    public void TheWait_IsRead(string header, string value, double? seconds)
    {
        var headers = new HttpResponseMessage().Headers;
        headers.TryAddWithoutValidation(header, value);
        Assert.Equal(seconds, RetryAfter.Read(headers, Now)?.TotalSeconds);
    }

    [Theory]
    [InlineData("""{"error":{"code":502,"message":"Provider returned error"}}""", 502)]
    [InlineData("""{"error":{"message":"slow down","code":"rate_limit_exceeded"}}""", 429)]
    [InlineData("""{"error":{"message":"broke","type":"server_error"}}""", 500)]
    [InlineData("""{"error":{"message":"who knows"}}""", 502)]
    public void AnErrorInsideA200_GetsTheStatusThatItStandsFor(string body, int status) =>
        Assert.Equal(status, OpenAiErrors.Read(200, Encoding.UTF8.GetBytes(body)).Status);

    [Fact]
    public void AnErrorEventOfAnthropic_GetsTheStatusOfItsType()
    {
        var sink = new CollectingSink();
        var recording = Recording.Named("anthropic-messages-midstream-overloaded-s");
        StreamDriver.Run(recording.Stream, StreamDriver.Whole, RecordedAnswerTests.DialectOf(recording).NewStreamReader(sink), closesEarly: false, recording.Framing);
        Assert.Equal((529, UpstreamErrorKind.Overloaded, "The capital of"), (sink.Error!.Status, sink.Error.Kind, sink.Seen.Text));
    }
}
