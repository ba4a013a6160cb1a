using System.Text.Json.Serialization.Metadata;

namespace HiWay.Web.Management;

/// <summary>Turns the serialiser's view of a wrong body (a path, a .NET type) into the words of the API.</summary>
internal static class JsonFields
{
    /// <summary><c>$.tags[1]</c> becomes <c>tags[1]</c>; the body itself is null.</summary>
    public static string? ParamOf(string? path) => path is null or "$" ? null : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;

    /// <summary>The serialiser's messages name a field in quotes and nowhere else.</summary>
    public static string? QuotedNameIn(string message)
    {
        var start = message.IndexOf('\'', StringComparison.Ordinal);
        var end = start < 0 ? -1 : message.IndexOf('\'', start + 1);
        return end < 0 ? null : message[(start + 1)..end];
    }

    /// <summary>An unknown field's path may or may not already end with its name.</summary>
    public static (string? Owner, string Name) SplitUnknown(string? param, string? quoted)
    {
        var name = quoted ?? param?[(param.LastIndexOf('.') + 1)..] ?? "?";
        if (param is null || param == name)
        {
            return (null, name);
        }

        return param.EndsWith("." + name, StringComparison.Ordinal) ? (param[..^(name.Length + 1)], name) : (param, name);
    }

    public static IEnumerable<string> NamesOf(Type body, string? owner) =>
        TypeAt(body, owner) is { } type ? ManagementJson.Options.GetTypeInfo(Unwrap(type)).Properties.Select(property => property.Name) : [];

    /// <summary>The .NET type behind <c>prices.input</c> or <c>tags[1]</c>; null when the path leaves what is known.</summary>
    public static Type? TypeAt(Type body, string? param)
    {
        var type = body;
        foreach (var part in (param ?? "").Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var bracket = part.IndexOf('[', StringComparison.Ordinal);
            var name = bracket < 0 ? part : part[..bracket];
            var property = ManagementJson.Options.GetTypeInfo(Unwrap(type)).Properties.FirstOrDefault(property => property.Name == name);
            if (property is null)
            {
                return null;
            }

            type = property.PropertyType;
            if (bracket >= 0 && ManagementJson.Options.GetTypeInfo(Unwrap(type)).ElementType is { } element)
            {
                type = element;
            }
        }

        return type;
    }

    public static string Describe(Type wrapped)
    {
        var type = Unwrap(wrapped);
        var info = ManagementJson.Options.GetTypeInfo(type);
        return type switch
        {
            _ when type == typeof(string) => "text in quotes",
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(int) || type == typeof(long) => "a whole number",
            _ when type == typeof(decimal) || type == typeof(double) => "a number",
            _ when type == typeof(DateTimeOffset) => "an ISO 8601 instant such as \"2026-11-21T12:00:00Z\"",
            { IsEnum: true } => "one of " + string.Join(", ", Enum.GetNames(type).Select(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName)),
            _ when info.Kind is JsonTypeInfoKind.Enumerable => info.ElementType switch
            {
                var element when element == typeof(string) => "a list of strings",
                var element when element == typeof(int) || element == typeof(long) => "a list of whole numbers",
                var element when element == typeof(decimal) || element == typeof(double) => "a list of numbers",
                { IsEnum: true } element => "a list of " + Describe(element)["one of ".Length..],
                _ => "a list of objects",
            },
            _ => "an object",
        };
    }

    private static Type Unwrap(Type type)
    {
        var inner = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>) ? type.GetGenericArguments()[0] : type;
        return Nullable.GetUnderlyingType(inner) ?? inner;
    }
}
