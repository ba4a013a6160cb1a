using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Tests.Dialects;

public sealed class SchemaCompilerTests
{
    private static (string Schema, string Dropped) Compile(SchemaRules rules, string schema)
    {
        var dropped = new List<string>();
        var compiled = new SchemaCompiler(rules, dropped).Compile(JsonElement.Parse(schema), "s");
        return (SeenAnswer.Canonical(compiled), string.Join(' ', dropped));
    }

    [Theory]
    // References are put in place, from either folder; siblings of a reference win.
    [InlineData("""{"$defs":{"A":{"type":"string"}},"type":"object","properties":{"a":{"$ref":"#/$defs/A","description":"d"}}}""", """{"type":"object","properties":{"a":{"type":"string","description":"d"}}}""", "")]
    [InlineData("""{"definitions":{"A":{"type":"string"}},"type":"object","properties":{"a":{"$ref":"#/definitions/A"}}}""", """{"type":"object","properties":{"a":{"type":"string"}}}""", "")]
    // What holds itself cannot be unfolded.
    [InlineData("""{"$defs":{"N":{"type":"object","properties":{"next":{"$ref":"#/$defs/N"}}}},"$ref":"#/$defs/N"}""", """{"type":"object","properties":{"next":{}}}""", "s.properties.next.$ref")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"},"b":{"$ref":"https://x/y"},"c":{"$ref":"#/$defs/none"}}}""", """{"type":"object","properties":{"a":{},"b":{},"c":{}}}""", "s.properties.a.$ref s.properties.b.$ref s.properties.c.$ref")]
    // allOf is merged, oneOf is anyOf, const is an enumeration of one.
    [InlineData("""{"allOf":[{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]},{"properties":{"b":{"const":1}},"required":["b"]}]}""", """{"type":"object","properties":{"a":{"type":"string"},"b":{"enum":[1]}},"required":["a","b"]}""", "")]
    [InlineData("""{"oneOf":[{"type":"string"},{"type":"null"}]}""", """{"anyOf":[{"type":"string"},{"type":"null"}]}""", "")]
    // Names that are no property, annotations, unknown keywords.
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a","b"],"$schema":"x","examples":[1],"x-more":1,"not":{}}""", """{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}""", "s.not")]
    [InlineData("""{"type":"number","exclusiveMinimum":0,"minimum":1}""", """{"type":"number","minimum":1,"description":"(exclusiveMinimum: 0)"}""", "s.exclusiveMinimum")]
    [InlineData("""{"type":"array","items":[{"type":"string"}]}""", """{"type":"array","prefixItems":[{"type":"string"}]}""", "")]
    [InlineData("true", "{}", "")]
    public void ForGeminisJsonSchema(string schema, string compiled, string dropped) =>
        Assert.Equal((SeenAnswer.Canonical(compiled), dropped), Compile(SchemaRules.GeminiJsonSchema, schema));

    [Theory]
    [InlineData("""{"type":["string","null"]}""", """{"type":"string","nullable":true}""", "")]
    [InlineData("""{"type":["string","integer"]}""", """{"anyOf":[{"type":"string"},{"type":"integer"}]}""", "")]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"null"}],"description":"d"}""", """{"type":"integer","nullable":true,"description":"d"}""", "")]
    [InlineData("""{"enum":["a",null]}""", """{"type":"string","enum":["a"],"nullable":true}""", "")]
    [InlineData("""{"type":"integer","enum":[1,2]}""", """{"type":"integer","description":"(one of: 1, 2)"}""", "s.enum")]
    [InlineData("""{"type":"array"}""", """{"type":"array","items":{"type":"string"}}""", "")]
    [InlineData("""{"type":"string","format":"uri"}""", """{"type":"string","description":"(format: uri)"}""", "s.format")]
    [InlineData("""{"type":"string","format":"date-time"}""", """{"type":"string","format":"date-time"}""", "")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}""", """{"type":"object","properties":{"a":{"type":"string"}}}""", "")]
    public void ForGeminisOpenApiSchema(string schema, string compiled, string dropped) =>
        Assert.Equal((SeenAnswer.Canonical(compiled), dropped), Compile(SchemaRules.GeminiOpenApi, schema));

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object"}},"additionalProperties":{"type":"string"}}""", """{"type":"object","additionalProperties":false,"properties":{"a":{"type":"object","additionalProperties":false}}}""", "s.additionalProperties")]
    [InlineData("""{"type":"string","minLength":1,"format":"email","pattern":"^a"}""", """{"type":"string","format":"email","pattern":"^a","description":"(minLength: 1)"}""", "s.minLength")]
    public void ForAnthropicsStructuredOutput(string schema, string compiled, string dropped) =>
        Assert.Equal((SeenAnswer.Canonical(compiled), dropped), Compile(SchemaRules.AnthropicStrict, schema));

    [Fact]
    public void ASchemaThatUnfoldsWithoutMeasure_EndsSoon()
    {
        // Each definition names the next twice: 2^40 nodes when unfolded.
        const string definition = """ "D#":{"type":"object","properties":{"l":{"$ref":"#/$defs/D@"},"r":{"$ref":"#/$defs/D@","title":"r"}}} """;
        var definitions = string.Join(',', Enumerable.Range(0, 40).Select(i => definition.Replace("D#", $"D{i}", StringComparison.Ordinal).Replace("D@", $"D{i + 1}", StringComparison.Ordinal)));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var (_, dropped) = Compile(SchemaRules.GeminiJsonSchema, """{"$ref":"#/$defs/D0","$defs":{DEFS,"D40":{"type":"string"}}}""".Replace("DEFS", definitions, StringComparison.Ordinal));
        Assert.NotEmpty(dropped);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }
}
