using System.Text;
using static HiWay.Web.Components.Snippets.CodeLiteral;
using static HiWay.Web.Components.Snippets.SnippetParts;

namespace HiWay.Web.Components.Snippets;

/// <summary>The same call in Anthropic's dialect, <c>POST /v1/messages</c>.</summary>
public static class MessagesSnippets
{
    private const string Path = "/v1/messages";

    /// <summary>The API wants a limit in every call.</summary>
    private const int DefaultMaxTokens = 1024;

    public static IReadOnlyList<Snippet> All(ChatSnippet call) =>
        [SnippetParts.Curl(call, Path, Json(call), "x-api-key: {0}"), Python(call), TypeScript(call), SnippetParts.CSharp(call, Path, Json(call))];

    private static Snippet Python(ChatSnippet call)
    {
        var arguments = new StringBuilder("\n    model=").Append(Quoted(call.Model)).Append(",\n    max_tokens=").Append(Whole(call.MaxTokens ?? DefaultMaxTokens)).Append(",\n");
        Options(arguments, call, "    system={0},\n", "    temperature={0},\n");
        arguments.Append("    messages=[\n").Append(Turns(WithoutSystem(call), "        ", quotedNames: true, comma: true)).Append("    ],\n)");
        // Anthropic's clients add the version to the path themselves, so their base URL has none.
        return new("python", "Python", "pip install anthropic", PythonClient(call, "anthropic", "Anthropic", call.Origin.TrimEnd('/')) + (call.Stream
            ? $"with client.messages.stream({arguments} as stream:\n    for text in stream.text_stream:\n        print(text, end=\"\", flush=True)"
            : $"answer = client.messages.create({arguments}\nprint(answer.content[0].text)"));
    }

    private static Snippet TypeScript(ChatSnippet call)
    {
        var arguments = new StringBuilder("{\n  model: ").Append(Quoted(call.Model)).Append(",\n  max_tokens: ").Append(Whole(call.MaxTokens ?? DefaultMaxTokens)).Append(",\n");
        Options(arguments, call, "  system: {0},\n", "  temperature: {0},\n");
        arguments.Append("  messages: [\n").Append(Turns(WithoutSystem(call), "    ", quotedNames: false, comma: true)).Append("  ],\n}");
        return new("typescript", "TypeScript", "npm install @anthropic-ai/sdk", TypeScriptClient(call, "@anthropic-ai/sdk", "Anthropic", call.Origin.TrimEnd('/')) + (call.Stream
            ? $"const stream = client.messages.stream({arguments});\nstream.on(\"text\", (text) => process.stdout.write(text));\nawait stream.finalMessage();"
            : $"const answer = await client.messages.create({arguments});\nconsole.log(answer.content);"));
    }

    private static string Json(ChatSnippet call)
    {
        var json = new StringBuilder("{\n  \"model\": ").Append(Quoted(call.Model)).Append(",\n  \"max_tokens\": ").Append(Whole(call.MaxTokens ?? DefaultMaxTokens)).Append(",\n");
        Options(json, call, "  \"system\": {0},\n", "  \"temperature\": {0},\n");
        return json.Append(call.Stream ? "  \"stream\": true,\n" : "").Append("  \"messages\": [\n")
            .Append(Turns(WithoutSystem(call), "    ", quotedNames: true, comma: false)).Append("  ]\n}").ToString();
    }

    private static void Options(StringBuilder code, ChatSnippet call, string system, string temperature)
    {
        if (SnippetParts.System(call) is { } prompt)
        {
            code.Append(system.Replace("{0}", Quoted(prompt), StringComparison.Ordinal));
        }

        if (call.Temperature is { } degrees)
        {
            code.Append(temperature.Replace("{0}", Number(degrees), StringComparison.Ordinal));
        }
    }
}
