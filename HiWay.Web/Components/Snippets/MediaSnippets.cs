using static HiWay.Web.Components.Snippets.CodeLiteral;
using static HiWay.Web.Components.Snippets.SnippetParts;

namespace HiWay.Web.Components.Snippets;

/// <summary><c>POST /v1/embeddings</c> as code; embeds what the user said last.</summary>
public static class EmbeddingsSnippets
{
    public static IReadOnlyList<Snippet> All(ChatSnippet call)
    {
        var (model, text) = (Quoted(call.Model), Quoted(Prompt(call)));
        return
        [
            Curl(call with { Stream = false }, "/v1/embeddings", $"{{\n  \"model\": {model},\n  \"input\": {text}\n}}"),
            new("python", "Python", "pip install openai",
                $"{PythonClient(call, "openai", "OpenAI", call.BaseUrl)}answer = client.embeddings.create(\n    model={model},\n    input={text},\n)\nprint(len(answer.data[0].embedding))"),
            new("typescript", "TypeScript", "npm install openai",
                $"{TypeScriptClient(call, "openai", "OpenAI", call.BaseUrl)}const answer = await client.embeddings.create({{\n  model: {model},\n  input: {text},\n}});\nconsole.log(answer.data[0].embedding.length);"),
            new("csharp", "C#", "dotnet add package OpenAI",
                $"using System.ClientModel;\nusing OpenAI;\nusing OpenAI.Embeddings;\n\nvar client = new EmbeddingClient(\n    {model},\n    new ApiKeyCredential({CSharpKey(call)}),\n    new OpenAIClientOptions {{ Endpoint = new Uri({Quoted(call.BaseUrl)}) }});\n\n"
                + $"OpenAIEmbedding embedding = await client.GenerateEmbeddingAsync({text});\nConsole.WriteLine(embedding.ToFloats().Length);"),
        ];
    }
}

/// <summary><c>POST /v1/images/generations</c> as code; draws what the user said last.</summary>
public static class ImagesSnippets
{
    public static IReadOnlyList<Snippet> All(ChatSnippet call)
    {
        var (model, text) = (Quoted(call.Model), Quoted(Prompt(call)));
        return
        [
            Curl(call with { Stream = false }, "/v1/images/generations", $"{{\n  \"model\": {model},\n  \"prompt\": {text}\n}}"),
            new("python", "Python", "pip install openai",
                $"import base64\n{PythonClient(call, "openai", "OpenAI", call.BaseUrl)}answer = client.images.generate(\n    model={model},\n    prompt={text},\n)\nwith open(\"picture.png\", \"wb\") as file:\n    file.write(base64.b64decode(answer.data[0].b64_json))"),
            new("typescript", "TypeScript", "npm install openai",
                $"import {{ writeFile }} from \"node:fs/promises\";\n{TypeScriptClient(call, "openai", "OpenAI", call.BaseUrl)}const answer = await client.images.generate({{\n  model: {model},\n  prompt: {text},\n}});\nawait writeFile(\"picture.png\", Buffer.from(answer.data[0].b64_json, \"base64\"));"),
            new("csharp", "C#", "dotnet add package OpenAI",
                $"using System.ClientModel;\nusing OpenAI;\nusing OpenAI.Images;\n\nvar client = new ImageClient(\n    {model},\n    new ApiKeyCredential({CSharpKey(call)}),\n    new OpenAIClientOptions {{ Endpoint = new Uri({Quoted(call.BaseUrl)}) }});\n\n"
                + $"GeneratedImage picture = await client.GenerateImageAsync({text});\nawait File.WriteAllBytesAsync(\"picture.png\", picture.ImageBytes.ToArray());"),
        ];
    }
}
