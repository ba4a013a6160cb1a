using System.Text.Json;
using System.Text.Unicode;
using HiWay.Domain.Errors;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Operations;

/// <summary>Takes one member of a body; the reader stands on its value.</summary>
internal delegate GatewayError? MemberReader(ref Utf8JsonReader json, string name, ChatBody body);

/// <summary>Reads the JSON bodies of operations in one pass: what all have here, the rest by the operation.</summary>
internal static class OperationBodyScanner
{
    private const int MaxDepth = 64;

    /// <summary>The buffer belongs to the body from here on, or is left to the caller when refused.</summary>
    public static (ChatBody? Body, GatewayError? Error) Scan(byte[] rented, int length, MemberReader readMember)
    {
        var bytes = rented.AsSpan(0, length);
        var body = new ChatBody(rented, length) { MaxOutputTokens = 0 };
        try
        {
            var error = !Utf8.IsValid(bytes) ? new GatewayError(GatewayErrorKind.InvalidRequest, "The body is not valid UTF-8.") : Read(body, bytes, readMember);
            return error is null ? (body, null) : (null, error);
        }
        catch (JsonException broken)
        {
            return (null, ChatBodyScanner.NotJson(broken));
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader.GetString refuses lone surrogates (\ud800) this way.
            return (null, new GatewayError(GatewayErrorKind.InvalidRequest, "A string in the body holds an incomplete Unicode escape."));
        }
    }

    private static GatewayError? Read(ChatBody body, ReadOnlySpan<byte> bytes, MemberReader readMember)
    {
        var json = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            return new GatewayError(GatewayErrorKind.InvalidRequest, "The body must be a JSON object.");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var nameStart = (int)json.TokenStartIndex;
            var name = json.GetString()!;

            // Of a member that is given twice we would read one and the provider might read the other.
            if (!seen.Add(name))
            {
                return ChatBodyScanner.Invalid($"'{name}' is given twice.", name);
            }

            json.Read();
            var valueStart = (int)json.TokenStartIndex;
            if ((ReadCommon(ref json, name, body, out var error) ? error : readMember(ref json, name, body)) is { } refusal)
            {
                return refusal;
            }

            var member = new BodyMember(nameStart, valueStart, (int)json.BytesConsumed);
            body.Members.Add(member);
            if (name == "model")
            {
                body.ModelMember = member;
            }
            else if (name is "hiway" or "cache")
            {
                body.OwnMembers.Add(member);
            }
        }

        json.Read();   // nothing but white space may follow the object
        return body.ModelMember is null
            ? ChatBodyScanner.Invalid("'model' is missing. GET /v1/models lists the models of this workspace and the endpoints that each works on.", "model")
            : null;
    }

    private static bool ReadCommon(ref Utf8JsonReader json, string name, ChatBody body, out GatewayError? error)
    {
        error = null;
        switch (name)
        {
            case "model":
                if (json.TokenType != JsonTokenType.String || json.ValueSpan.IsEmpty)
                {
                    error = ChatBodyScanner.Invalid("'model' must be a string.", "model");
                }
                else
                {
                    body.Model = json.GetString()!;
                }

                return true;
            case "user":
                if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
                {
                    error = ChatBodyScanner.Invalid("'user' must be a string.", "user");
                }
                else
                {
                    body.EndUser = json.GetString();
                }

                return true;
            case "hiway":
                error = HiWayExtrasReader.Read(ref json, body);
                return true;
            case "cache":
                if (json.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
                {
                    error = ChatBodyScanner.Invalid("'cache' must be true or false.", "cache");
                }

                return true;
            default:
                return false;
        }
    }
}
