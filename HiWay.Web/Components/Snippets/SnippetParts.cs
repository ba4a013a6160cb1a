using System.Globalization;
using System.Text;
using static HiWay.Web.Components.Snippets.CodeLiteral;

namespace HiWay.Web.Components.Snippets;

/// <summary>What the snippets of all routes have in common.</summary>
internal static class SnippetParts
{
    /// <summary>The key as an expression of the language, or its environment variable.</summary>
    public static string PythonKey(ChatSnippet call) => call.ApiKey is { } secret ? Quoted(secret) : $"os.environ[\"{ChatSnippet.KeyVariable}\"]";

    public static string TypeScriptKey(ChatSnippet call) => call.ApiKey is { } secret ? Quoted(secret) : $"process.env.{ChatSnippet.KeyVariable}";

    public static string CSharpKey(ChatSnippet call) => call.ApiKey is { } secret ? Quoted(secret) : $"Environment.GetEnvironmentVariable(\"{ChatSnippet.KeyVariable}\")!";

    /// <summary>A POST of JSON from a shell.</summary>
    /// <param name="path">Below the origin.</param>
    /// <param name="header">The header that shows the key, with <c>{0}</c> for it.</param>
    public static Snippet Curl(ChatSnippet call, string path, string json, string header = "Authorization: Bearer {0}")
    {
        // In double quotes, so that the shell fills in the variable; a secret of ours holds nothing that a shell would change.
        var key = call.ApiKey ?? "$" + ChatSnippet.KeyVariable;
        return new("curl", "curl", null, new StringBuilder()
            .Append("curl ").Append(call.Stream ? "-N " : "").Append(call.Origin.TrimEnd('/')).Append(path).Append(" \\\n")
            .Append("  -H \"").Append(header.Replace("{0}", key, StringComparison.Ordinal)).Append("\" \\\n")
            .Append("  -H \"Content-Type: application/json\" \\\n")
            .Append("  -d ").Append(ShellQuoted(json.Replace("\n", "\n  ", StringComparison.Ordinal))).ToString());
    }

    /// <summary>A POST of JSON with nothing but .NET itself; prints what comes, line by line.</summary>
    public static Snippet CSharp(ChatSnippet call, string path, string json) => new("csharp", "C#", null, new StringBuilder()
        .Append("using System.Net.Http.Headers;\nusing System.Text;\n\n")
        .Append("using var http = new HttpClient();\nhttp.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(\"Bearer\", ").Append(CSharpKey(call)).Append(");\n\n")
        .Append("var body = \"\"\"\n    ").Append(json.Replace("\n", "\n    ", StringComparison.Ordinal)).Append("\n    \"\"\";\n")
        .Append("using var request = new HttpRequestMessage(HttpMethod.Post, ").Append(Quoted(call.Origin.TrimEnd('/') + path))
        .Append(")\n{\n    Content = new StringContent(body, Encoding.UTF8, \"application/json\"),\n};\n")
        .Append("using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);\n")
        .Append("using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());\n")
        .Append("while (await lines.ReadLineAsync() is { } line)\n{\n    Console.WriteLine(line);\n}").ToString());

    public static string PythonClient(ChatSnippet call, string library, string type, string baseUrl) => new StringBuilder()
        .Append(call.ApiKey is null ? "import os\n" : "").Append("from ").Append(library).Append(" import ").Append(type)
        .Append("\n\nclient = ").Append(type).Append("(\n    base_url=").Append(Quoted(baseUrl)).Append(",\n    api_key=").Append(PythonKey(call)).Append(",\n)\n\n").ToString();

    public static string TypeScriptClient(ChatSnippet call, string package, string type, string baseUrl) => new StringBuilder()
        .Append("import ").Append(type).Append(" from ").Append(Quoted(package)).Append(";\n\nconst client = new ").Append(type)
        .Append("({\n  baseURL: ").Append(Quoted(baseUrl)).Append(",\n  apiKey: ").Append(TypeScriptKey(call)).Append(",\n});\n\n").ToString();

    /// <summary>The turns as a list of the language.</summary>
    /// <param name="quotedNames">Python and JSON quote the names of members, JavaScript does not have to.</param>
    /// <param name="comma">After the last turn too.</param>
    public static string Turns(IReadOnlyList<SnippetMessage> messages, string indent, bool quotedNames, bool comma)
    {
        var (role, content) = quotedNames ? ("\"role\"", "\"content\"") : ("role", "content");
        var (open, close) = quotedNames ? ("{", "}") : ("{ ", " }");
        var code = new StringBuilder();
        for (var i = 0; i < messages.Count; i++)
        {
            code.Append(indent).Append(open).Append(role).Append(": ").Append(Quoted(messages[i].Role)).Append(", ").Append(content).Append(": ")
                .Append(Quoted(messages[i].Content)).Append(close).Append(comma || i < messages.Count - 1 ? ",\n" : "\n");
        }

        return code.ToString();
    }

    /// <summary>The system prompt, which some dialects keep apart; null without one.</summary>
    public static string? System(ChatSnippet call) => call.Messages.FirstOrDefault(message => message.Role == "system")?.Content;

    public static IReadOnlyList<SnippetMessage> WithoutSystem(ChatSnippet call) => [.. call.Messages.Where(message => message.Role != "system")];

    /// <summary>The last thing that the user said, for calls that take one text.</summary>
    public static string Prompt(ChatSnippet call) => call.Messages.LastOrDefault(message => message.Role == "user")?.Content ?? "";

    public static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);
}
