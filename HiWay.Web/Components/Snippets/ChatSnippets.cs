using System.Globalization;
using System.Text;
using static HiWay.Web.Components.Snippets.CodeLiteral;

namespace HiWay.Web.Components.Snippets;

/// <summary>A chat call as code to copy, in the languages of the dashboard's snippets. Every snippet runs as it stands.</summary>
public static class ChatSnippets
{
    /// <summary>The call in every language, in the order of the tabs.</summary>
    public static IReadOnlyList<Snippet> All(ChatSnippet call) => [Curl(call), Python(call), TypeScript(call), CSharp(call)];

    public static Snippet Curl(ChatSnippet call)
    {
        // In double quotes, so that the shell fills in the variable; a secret of ours holds nothing that a shell would change.
        var key = call.ApiKey ?? "$" + ChatSnippet.KeyVariable;
        var code = new StringBuilder()
            .Append("curl ").Append(call.Stream ? "-N " : "").Append(call.BaseUrl).Append("/chat/completions \\\n")
            .Append("  -H \"Authorization: Bearer ").Append(key).Append("\" \\\n")
            .Append("  -H \"Content-Type: application/json\" \\\n")
            .Append("  -d ").Append(ShellQuoted(Json(call).Replace("\n", "\n  ", StringComparison.Ordinal)));
        return new("curl", "curl", null, code.ToString());
    }

    public static Snippet Python(ChatSnippet call)
    {
        var key = call.ApiKey is { } secret ? Quoted(secret) : $"os.environ[\"{ChatSnippet.KeyVariable}\"]";
        var code = new StringBuilder()
            .Append(call.ApiKey is null ? "import os\n" : "")
            .Append("from openai import OpenAI\n\n")
            .Append("client = OpenAI(\n    base_url=").Append(Quoted(call.BaseUrl)).Append(",\n    api_key=").Append(key).Append(",\n)\n\n")
            .Append(call.Stream ? "stream" : "answer").Append(" = client.chat.completions.create(\n")
            .Append("    model=").Append(Quoted(call.Model)).Append(",\n    messages=[\n");
        foreach (var message in call.Messages)
        {
            code.Append("        {\"role\": ").Append(Quoted(message.Role)).Append(", \"content\": ").Append(Quoted(message.Content)).Append("},\n");
        }

        code.Append("    ],\n");
        AppendOptions(code, call, "    temperature={0},\n", "    max_tokens={0},\n");
        code.Append(call.Stream
            ? "    stream=True,\n)\nfor chunk in stream:\n    if chunk.choices:\n        print(chunk.choices[0].delta.content or \"\", end=\"\", flush=True)"
            : ")\nprint(answer.choices[0].message.content)");
        return new("python", "Python", "pip install openai", code.ToString());
    }

    public static Snippet TypeScript(ChatSnippet call)
    {
        var key = call.ApiKey is { } secret ? Quoted(secret) : $"process.env.{ChatSnippet.KeyVariable}";
        var code = new StringBuilder()
            .Append("import OpenAI from \"openai\";\n\n")
            .Append("const client = new OpenAI({\n  baseURL: ").Append(Quoted(call.BaseUrl)).Append(",\n  apiKey: ").Append(key).Append(",\n});\n\n")
            .Append("const ").Append(call.Stream ? "stream" : "answer").Append(" = await client.chat.completions.create({\n")
            .Append("  model: ").Append(Quoted(call.Model)).Append(",\n  messages: [\n");
        foreach (var message in call.Messages)
        {
            code.Append("    { role: ").Append(Quoted(message.Role)).Append(", content: ").Append(Quoted(message.Content)).Append(" },\n");
        }

        code.Append("  ],\n");
        AppendOptions(code, call, "  temperature: {0},\n", "  max_tokens: {0},\n");
        code.Append(call.Stream
            ? "  stream: true,\n});\nfor await (const chunk of stream) {\n  process.stdout.write(chunk.choices[0]?.delta?.content ?? \"\");\n}"
            : "});\nconsole.log(answer.choices[0].message.content);");
        return new("typescript", "TypeScript", "npm install openai", code.ToString());
    }

    public static Snippet CSharp(ChatSnippet call)
    {
        var key = call.ApiKey is { } secret ? Quoted(secret) : $"Environment.GetEnvironmentVariable(\"{ChatSnippet.KeyVariable}\")!";
        var code = new StringBuilder()
            .Append("using System.ClientModel;\nusing OpenAI;\nusing OpenAI.Chat;\n\n")
            .Append("var client = new ChatClient(\n    ").Append(Quoted(call.Model)).Append(",\n    new ApiKeyCredential(").Append(key)
            .Append("),\n    new OpenAIClientOptions { Endpoint = new Uri(").Append(Quoted(call.BaseUrl)).Append(") });\n\n")
            .Append("ChatMessage[] messages =\n[\n");
        foreach (var message in call.Messages)
        {
            code.Append("    new ").Append(MessageClass(message.Role)).Append('(').Append(Quoted(message.Content)).Append("),\n");
        }

        code.Append("];\n");
        var options = Options(call);
        code.Append(options).Append(options.Length > 0 ? "\n" : "");
        var arguments = options.Length > 0 ? "messages, options" : "messages";
        code.Append(call.Stream
            ? $"await foreach (var update in client.CompleteChatStreamingAsync({arguments}))\n{{\n    foreach (var part in update.ContentUpdate)\n    {{\n        Console.Write(part.Text);\n    }}\n}}"
            : $"ChatCompletion answer = await client.CompleteChatAsync({arguments});\nConsole.WriteLine(answer.Content[0].Text);");
        return new("csharp", "C#", "dotnet add package OpenAI", code.ToString());

        static string Options(ChatSnippet call)
        {
            List<string> set = [];
            if (call.Temperature is { } temperature)
            {
                set.Add($"Temperature = {Number(temperature)}f");
            }

            if (call.MaxTokens is { } maxTokens)
            {
                set.Add($"MaxOutputTokenCount = {maxTokens.ToString(CultureInfo.InvariantCulture)}");
            }

            return set.Count == 0 ? "" : $"var options = new ChatCompletionOptions {{ {string.Join(", ", set)} }};";
        }
    }

    /// <summary>The request body, laid out for reading.</summary>
    public static string Json(ChatSnippet call)
    {
        var json = new StringBuilder().Append("{\n  \"model\": ").Append(Quoted(call.Model)).Append(",\n  \"messages\": [\n");
        for (var i = 0; i < call.Messages.Count; i++)
        {
            json.Append("    {\"role\": ").Append(Quoted(call.Messages[i].Role)).Append(", \"content\": ").Append(Quoted(call.Messages[i].Content))
                .Append(i < call.Messages.Count - 1 ? "},\n" : "}\n");
        }

        json.Append("  ]");
        AppendOptions(json, call, ",\n  \"temperature\": {0}", ",\n  \"max_tokens\": {0}");
        return json.Append(call.Stream ? ",\n  \"stream\": true" : "").Append("\n}").ToString();
    }

    private static void AppendOptions(StringBuilder code, ChatSnippet call, string temperature, string maxTokens)
    {
        if (call.Temperature is { } degrees)
        {
            code.Append(temperature.Replace("{0}", Number(degrees), StringComparison.Ordinal));
        }

        if (call.MaxTokens is { } most)
        {
            code.Append(maxTokens.Replace("{0}", most.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        }
    }

    private static string MessageClass(string role) => role switch
    {
        "system" => "SystemChatMessage",
        "assistant" => "AssistantChatMessage",
        _ => "UserChatMessage",
    };
}
