using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects;

/// <summary>What an API takes as the name of a tool; anything else it answers with a 400.</summary>
/// <param name="Allowed">The characters that it takes.</param>
/// <param name="MaxLength">In characters.</param>
/// <param name="DigitFirst">False where a name must begin with a letter or an underscore.</param>
public sealed record ToolNameRule(SearchValues<char> Allowed, int MaxLength, bool DigitFirst)
{
    private const string LettersAndDigits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /// <summary>OpenAI and those who speak its dialect (FunctionObject in its API description), and Bedrock (ToolName in the service's model).</summary>
    public static readonly ToolNameRule OpenAi = new(SearchValues.Create(LettersAndDigits + "_-"), 64, DigitFirst: true);

    /// <summary>Anthropic (Tool.name in its API description).</summary>
    public static readonly ToolNameRule Anthropic = OpenAi with { MaxLength = 128 };

    /// <summary>Gemini, in the words of its refusals; that colons are allowed is newer, and not so everywhere.</summary>
    public static readonly ToolNameRule Gemini = new(SearchValues.Create(LettersAndDigits + "_.-"), 64, DigitFirst: false);

    /// <summary>Cohere ("a-z, A-Z, 0-9, _ and must not begin with a digit"); no longest name is told.</summary>
    public static readonly ToolNameRule Cohere = new(SearchValues.Create(LettersAndDigits + "_"), int.MaxValue, DigitFirst: false);

    public bool Takes(string name) =>
        name.Length > 0 && name.Length <= MaxLength && !name.AsSpan().ContainsAnyExcept(Allowed) && BeginsWell(name[0]);

    /// <summary>Another name for one that is not taken: what is allowed of it, and a digest that tells it from others. The same wherever it is made.</summary>
    /// <param name="digits">Of the digest.</param>
    public string Respell(string name, int digits)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..digits];
        var stem = new StringBuilder(name.Length + digits + 2);
        foreach (var one in name.AsSpan(0, Math.Min(name.Length, MaxLength)))
        {
            stem.Append(Allowed.Contains(one) ? one : '_');
        }

        if (stem.Length > 0 && !BeginsWell(stem[0]))
        {
            stem.Insert(0, '_');
        }

        stem.Length = Math.Min(stem.Length, MaxLength - digits - 1);
        return stem.Append('_').Append(digest).ToString();
    }

    private bool BeginsWell(char one) => DigitFirst || char.IsAsciiLetter(one) || one == '_';
}

/// <summary>
/// The tools of one request whose names the upstream would refuse (over 64 characters, dots, spaces, a digit first): they go there under other names,
/// and the client sees its own in the answer.
/// </summary>
public sealed class ToolNames
{
    /// <summary>Enough to tell the tools of one request apart; more where a tool of the client's has that very name.</summary>
    private const int DigestDigits = 8;

    private readonly Dictionary<string, string> _sent;
    private readonly Dictionary<string, byte[]> _own;

    private ToolNames(Dictionary<string, string> sent)
    {
        _sent = sent;
        _own = sent.ToDictionary(one => one.Value, one => JsonText.Encode(one.Key).ToArray(), StringComparer.Ordinal);
    }

    /// <summary>The request under names that the upstream takes, and the way back; the same request and null where it takes them all.</summary>
    public static (ChatRequest Request, ToolNames? Names) Fit(ChatRequest request, ToolNameRule? rule)
    {
        if (rule is null || Named(request).All(rule.Takes))
        {
            return (request, null);
        }

        var taken = Named(request).Where(rule.Takes).ToHashSet(StringComparer.Ordinal);
        var sent = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Named(request).Where(name => !rule.Takes(name)))
        {
            if (!sent.ContainsKey(name))
            {
                var digits = DigestDigits;
                while (!taken.Add(sent[name] = rule.Respell(name, digits)))
                {
                    digits++;
                }
            }
        }

        var names = new ToolNames(sent);
        return (names.Applied(request), names);
    }

    /// <summary>A sink that hands on calls under the client's names.</summary>
    public IAnswerSink Restoring(IAnswerSink sink) => new RestoringSink(this, sink);

    private static IEnumerable<string> Named(ChatRequest request)
    {
        foreach (var tool in request.Tools)
        {
            if (tool.BuiltIn is null)
            {
                yield return tool.Name;
            }
        }

        if (request.ToolChoice?.FunctionName is { } chosen)
        {
            yield return chosen;
        }

        foreach (var allowed in request.ToolChoice?.AllowedFunctions ?? [])
        {
            yield return allowed;
        }

        foreach (var message in request.Messages)
        {
            foreach (var part in message.Parts)
            {
                if (part is ToolCallPart call)
                {
                    yield return call.Name;
                }
            }
        }
    }

    private ChatRequest Applied(ChatRequest request) => request with
    {
        Tools = [.. request.Tools.Select(tool => tool.BuiltIn is null ? tool with { Name = Sent(tool.Name) } : tool)],
        ToolChoice = request.ToolChoice is { } choice
            ? choice with { FunctionName = choice.FunctionName is { } name ? Sent(name) : null, AllowedFunctions = [.. choice.AllowedFunctions.Select(Sent)] }
            : null,
        Messages =
        [
            .. request.Messages.Select(message => message.Parts.Any(part => part is ToolCallPart)
                ? message with { Parts = [.. message.Parts.Select(part => part is ToolCallPart call ? call with { Name = Sent(call.Name) } : part)] }
                : message),
        ],
    };

    private string Sent(string name) => _sent.GetValueOrDefault(name, name);

    private ReadOnlySpan<byte> Own(ReadOnlySpan<byte> nameJson) =>
        _own.TryGetValue(Encoding.UTF8.GetString(nameJson), out var own) ? own : nameJson;

    private sealed class RestoringSink(ToolNames names, IAnswerSink to) : IAnswerSink
    {
        public void Started(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds) => to.Started(idJson, modelJson, createdUnixSeconds);

        public void Text(int choice, ReadOnlySpan<byte> json) => to.Text(choice, json);

        public void Reasoning(int choice, ReadOnlySpan<byte> json) => to.Reasoning(choice, json);

        public void ReasoningSignature(int choice, string format, ReadOnlySpan<byte> json) => to.ReasoningSignature(choice, format, json);

        public void EncryptedReasoning(int choice, string format, ReadOnlySpan<byte> dataJson) => to.EncryptedReasoning(choice, format, dataJson);

        public void Refusal(int choice, ReadOnlySpan<byte> json) => to.Refusal(choice, json);

        public void ToolCallStarted(int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson) =>
            to.ToolCallStarted(choice, call, idJson, names.Own(nameJson));

        public void SignedToolCallStarted(
            int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson, string format, ReadOnlySpan<byte> signatureJson) =>
            to.SignedToolCallStarted(choice, call, idJson, names.Own(nameJson), format, signatureJson);

        public void ToolCallArguments(int choice, int call, ReadOnlySpan<byte> json) => to.ToolCallArguments(choice, call, json);

        public void ToolCallSignature(int choice, int call, string format, ReadOnlySpan<byte> json) => to.ToolCallSignature(choice, call, format, json);

        public void Extra(int choice, string kind, ReadOnlySpan<byte> jsonValue) => to.Extra(choice, kind, jsonValue);

        public void Finished(int choice, FinishReason reason) => to.Finished(choice, reason);

        public void Usage(in TokenUsage usage) => to.Usage(usage);

        public void Failed(UpstreamError error) => to.Failed(error);

        public void Ended() => to.Ended();
    }
}
