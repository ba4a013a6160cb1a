using System.Text.Json;
using HiWay.Domain.Errors;

namespace HiWay.Web.Management;

/// <summary>The fields of an OAuth request: a form as the RFCs have it, or a JSON object of texts. Fields that nobody asks for are ignored, as OAuth demands.</summary>
internal sealed class OAuthFields : IRefusable
{
    private readonly Dictionary<string, string> _fields = [];

    public Refusal? Refusal { get; private init; }

    /// <summary>Null when the field was not sent.</summary>
    public string? this[string name] => _fields.GetValueOrDefault(name);

    public static async ValueTask<OAuthFields?> BindAsync(HttpContext http)
    {
        var fields = new OAuthFields();
        if (http.Request.HasFormContentType)
        {
            foreach (var (name, value) in await http.Request.ReadFormAsync(http.RequestAborted))
            {
                fields._fields[name] = value.ToString();
            }

            return fields;
        }

        var body = await JsonBody<Dictionary<string, JsonElement>>.BindAsync(http);
        if (body!.Refusal is { } refusal)
        {
            return new OAuthFields { Refusal = refusal };
        }

        foreach (var (name, value) in body.Value)
        {
            if (value.ValueKind is JsonValueKind.String)
            {
                fields._fields[name] = value.GetString()!;
            }
        }

        return fields;
    }
}
