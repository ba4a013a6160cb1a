using System.Text;
using static HiWay.Web.Components.Snippets.CodeLiteral;
using static HiWay.Web.Components.Snippets.SnippetParts;

namespace HiWay.Web.Components.Snippets;

/// <summary>The same call in OpenAI's newer dialect, <c>POST /v1/responses</c>.</summary>
public static class ResponsesSnippets
{
    private const string Path = "/v1/responses";

    public static IReadOnlyList<Snippet> All(ChatSnippet call) =>
        [SnippetParts.Curl(call, Path, Json(call)), Python(call), TypeScript(call), SnippetParts.CSharp(call, Path, Json(call))];

    private static Snippet Python(ChatSnippet call)
    {
        var code = new StringBuilder(PythonClient(call, "openai", "OpenAI", call.BaseUrl))
            .Append(call.Stream ? "stream" : "answer").Append(" = client.responses.create(\n    model=").Append(Quoted(call.Model)).Append(",\n");
        Options(code, call, "    instructions={0},\n", "    temperature={0},\n", "    max_output_tokens={0},\n");
        code.Append("    input=[\n").Append(Turns(WithoutSystem(call), "        ", quotedNames: true, comma: true)).Append("    ],\n")
            .Append(call.Stream
                ? "    stream=True,\n)\nfor event in stream:\n    if event.type == \"response.output_text.delta\":\n        print(event.delta, end=\"\", flush=True)"
                : ")\nprint(answer.output_text)");
        return new("python", "Python", "pip install openai", code.ToString());
    }

    private static Snippet TypeScript(ChatSnippet call)
    {
        var code = new StringBuilder(TypeScriptClient(call, "openai", "OpenAI", call.BaseUrl))
            .Append("const ").Append(call.Stream ? "stream" : "answer").Append(" = await client.responses.create({\n  model: ").Append(Quoted(call.Model)).Append(",\n");
        Options(code, call, "  instructions: {0},\n", "  temperature: {0},\n", "  max_output_tokens: {0},\n");
        code.Append("  input: [\n").Append(Turns(WithoutSystem(call), "    ", quotedNames: false, comma: true)).Append("  ],\n")
            .Append(call.Stream
                ? "  stream: true,\n});\nfor await (const event of stream) {\n  if (event.type === \"response.output_text.delta\") {\n    process.stdout.write(event.delta);\n  }\n}"
                : "});\nconsole.log(answer.output_text);");
        return new("typescript", "TypeScript", "npm install openai", code.ToString());
    }

    private static string Json(ChatSnippet call)
    {
        var json = new StringBuilder("{\n  \"model\": ").Append(Quoted(call.Model)).Append(",\n");
        Options(json, call, "  \"instructions\": {0},\n", "  \"temperature\": {0},\n", "  \"max_output_tokens\": {0},\n");
        return json.Append(call.Stream ? "  \"stream\": true,\n" : "").Append("  \"input\": [\n")
            .Append(Turns(WithoutSystem(call), "    ", quotedNames: true, comma: false)).Append("  ]\n}").ToString();
    }

    private static void Options(StringBuilder code, ChatSnippet call, string instructions, string temperature, string most)
    {
        if (SnippetParts.System(call) is { } system)
        {
            code.Append(instructions.Replace("{0}", Quoted(system), StringComparison.Ordinal));
        }

        if (call.Temperature is { } degrees)
        {
            code.Append(temperature.Replace("{0}", Number(degrees), StringComparison.Ordinal));
        }

        if (call.MaxTokens is { } tokens)
        {
            code.Append(most.Replace("{0}", Whole(tokens), StringComparison.Ordinal));
        }
    }
}
