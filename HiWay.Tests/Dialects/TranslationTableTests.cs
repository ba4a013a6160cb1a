using System.Buffers;
using System.Globalization;
using System.Text;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;
using HiWay.Tests.Harness;
using HiWay.Web.Gateway.Clients;

namespace HiWay.Tests.Dialects;

/// <summary>
/// What becomes of each wish of a request between each client dialect and each upstream, tried out and written down in
/// docs/translation.md. HIWAY_WRITE_DOCS=1 writes the page anew; a test run compares it.
/// </summary>
public sealed class TranslationTableTests
{
    private static readonly (string Name, Deployment Deployment)[] Upstreams =
    [
        ("OpenAI chat", Deployments.OpenAi("gpt-4.1-mini")), ("OpenAI Responses, a reasoning model", Deployments.Responses()), ("Anthropic", Deployments.Anthropic()), ("Gemini", Deployments.Gemini()),
        ("Bedrock", Deployments.Bedrock()), ("Cohere", Deployments.Cohere()), ("Ollama", Deployments.Ollama()),
    ];

    private static readonly (string Title, IClientDialect Client, UpstreamDialect Own)[] Clients =
    [
        ("Chat completions (`/v1/chat/completions`)", ClientDialects.OpenAiChat, UpstreamDialect.OpenAiChat),
        ("Responses (`/v1/responses`)", ClientDialects.OpenAiResponses, UpstreamDialect.OpenAiResponses),
        ("Messages (`/v1/messages`)", ClientDialects.AnthropicMessages, UpstreamDialect.AnthropicMessages),
    ];

    [Fact]
    public void NoWish_IsLostInSilence()
    {
        var silent = new List<string>();
        foreach (var (title, client, own) in Clients)
        {
            foreach (var feature in TranslationFeatures.All)
            {
                silent.AddRange(Upstreams.Where(upstream => Verdict(client, own, feature, upstream.Deployment) == "lost").Select(upstream => $"{client.Name} -> {upstream.Name}: {feature.Name}"));
            }

            Assert.NotEmpty(title);
        }

        Assert.Empty(silent);
    }

    [Fact]
    public void TheTableInTheDocs_IsWhatHappens()
    {
        var page = Page();
        var path = Repository.File("docs", "translation.md");
        if (Environment.GetEnvironmentVariable("HIWAY_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, page);
        }

        Assert.Equal(page, File.ReadAllText(path));
    }

    private static string Page()
    {
        var text = new StringBuilder("""
            # Translation

            Any client dialect reaches any provider. Where both speak the same one, bytes pass through and nothing is lost. Where they do not,
            this is what becomes of each wish. The tables are made by the tests: each cell is a request that was translated.

            - **kept**: it arrives as it was said.
            - **approximated**: it arrives in the nearest words that the provider has (an effort as a token budget, say).
            - **dropped**: the provider has no word for it. The answer names it in `_hiway.dropped` and in the header `X-HiWay-Dropped`; with
              `hiway: {"strict": true}` the call is refused instead.
            - **fetched by HiWay**: the provider takes bytes alone; HiWay gets the picture and sends it as base64.
            - **read by HiWay**: the provider has no field for it, and HiWay itself acts on it.
            - **refused**: the call gets a 400 that names the field.

            A single model can take less than its provider's dialect can say; what it then loses is named in the same way.

            """);
        foreach (var (title, client, own) in Clients)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| wish | {string.Join(" | ", Upstreams.Select(upstream => upstream.Name))} |\n|---|{string.Concat(Upstreams.Select(_ => "---|"))}\n");
            foreach (var feature in TranslationFeatures.All)
            {
                if (BodyOf(client, feature) is not null)
                {
                    text.Append(CultureInfo.InvariantCulture, $"| {feature.Name} | {string.Join(" | ", Upstreams.Select(upstream => Verdict(client, own, feature, upstream.Deployment)))} |\n");
                }
            }
        }

        text.Append(AnswerTableTests.Section());
        text.Append("""

            ## Names of tools

            Each API takes other names of tools: OpenAI and Bedrock 64 letters, digits, `_` and `-`, Anthropic 128 of them, Gemini 64 with dots and no digit first, Cohere neither `-` nor
            a digit first. A name that the provider would refuse goes out respelled, with a digest that keeps it apart from others, everywhere in the request, and calls come
            back under the client's own name. Where client and provider speak one dialect, names pass as they are.

            ## Tools that take words

            A tool of type `custom` takes words instead of arguments, which only OpenAI knows. Where the bytes of a call do not pass as they are, it goes out as a function with one
            string, `input`, and its calls come back as what the client's dialect calls them, streamed while they are said: `custom_tool_call` and
            `response.custom_tool_call_input.delta` to a Responses client, a call of type `custom` to a chat client. Calls of earlier turns go the same way. A grammar is told to the
            model in the tool's description and named as dropped (`tools[0].format`, `tools[0].custom.format`), because nothing holds the model to it.

            ## Histories of tools

            Providers refuse a call without its result right behind it, a result without its call, two results of one call and one id for two calls. Histories of agents hold all
            of these, so where HiWay translates, a result moves behind its call, a call that was never answered gets "(The tool gave no result.)", a second call of the same id gets
            an id of its own, and a result whose call is gone, or that is a second one and says something else, goes on as words of the user. Messages without a word are left out.

            ## Where HiWay does otherwise than another project

            The tests hold HiWay's requests against those that another project wrote for the same cases and that the providers accepted
            (`HiWay.Tests/Fixtures/translations`). Where the two say different things, this is why HiWay's stays.

            | case | from | to | why |
            |---|---|---|---|

            """);
        foreach (var (name, from, to, why) in Differences().OrderBy(one => (one.From, one.To, one.Name)))
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{name}` | {from} | {to} | {why} |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<(string Name, string From, string To, string Why)> Differences()
    {
        foreach (var (from, differences) in new[] { ("openai-chat", ReferenceTranslationTests.Differences), ("anthropic-messages", AnthropicReferenceTests.Differences), ("", ResponsesTranslationTests.Differences) })
        {
            foreach (var (key, why) in differences)
            {
                // "case to gemini", or "case from openai-responses to gemini".
                var words = key.Split(' ');
                yield return (words[0], words.Length == 5 ? words[2] : from, words[^1], why);
            }
        }
    }

    private static string? BodyOf(IClientDialect client, TranslationFeature feature) => client.Name switch
    {
        "openai_chat" => feature.Chat,
        "openai_responses" => feature.Responses,
        _ => feature.Messages,
    };

    private static string Without(IClientDialect client, TranslationFeature feature) => client.Name switch
    {
        "openai_chat" => feature.Without?.Chat ?? TranslationFeatures.PlainChat,
        "openai_responses" => feature.Without?.Responses ?? TranslationFeatures.PlainResponses,
        _ => feature.Without?.Messages ?? TranslationFeatures.PlainMessages,
    };

    private static string Verdict(IClientDialect client, UpstreamDialect own, TranslationFeature feature, Deployment to)
    {
        if (BodyOf(client, feature) is not { } members || client.UpstreamFor(to) == own)
        {
            return "kept";
        }

        if (!UpstreamDialects.For(client.UpstreamFor(to)).TakesPictureAddresses && PictureFetch.Wants(client.ReadRequest(Encoding.UTF8.GetBytes($$"""{"model":"m",{{Last(members)}}}"""))))
        {
            return "fetched by HiWay";
        }

        string body;
        List<string> dropped;
        try
        {
            (body, dropped) = Translate(client, members, to);
        }
        catch (InvalidChatRequestException)
        {
            return "refused";
        }

        var (plain, always) = Translate(client, Without(client, feature), to);
        dropped.RemoveAll(always.Contains);
        var arrived = feature.Marker is null ? body != plain : body.Contains(feature.Marker, StringComparison.Ordinal);
        return (arrived, dropped.Count > 0, body != plain) switch
        {
            (true, false, _) => "kept",
            (true, true, _) when feature.Marker is not null => "approximated",
            (_, true, _) => "dropped",
            (false, false, true) => "approximated",
            _ when feature.HiWayReadsIt => "read by HiWay",
            _ => "lost",
        };
    }

    private static (string Body, List<string> Dropped) Translate(IClientDialect client, string members, Deployment to)
    {
        // A later member replaces an earlier one, so that a wish can be written behind the plain question.
        var json = System.Text.Json.Nodes.JsonNode.Parse($$"""{"model":"m",{{Last(members)}}}""")!;
        var request = client.ReadRequest(Encoding.UTF8.GetBytes(json.ToJsonString()));
        var body = new ArrayBufferWriter<byte>();
        List<string> dropped = [.. request.NotCarried];
        UpstreamDialects.For(client.UpstreamFor(to)).WriteRequest(request, to, false, body, dropped);
        return (Encoding.UTF8.GetString(body.WrittenSpan), dropped);
    }

    private static string Last(string members)
    {
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        using var json = System.Text.Json.JsonDocument.Parse($"{{{members}}}");
        foreach (var member in json.RootElement.EnumerateObject())
        {
            kept[member.Name] = member.Value.GetRawText();
        }

        return string.Join(",", kept.Select(member => $"\"{member.Key}\":{member.Value}"));
    }
}
