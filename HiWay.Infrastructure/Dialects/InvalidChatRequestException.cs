namespace HiWay.Infrastructure.Dialects;

/// <summary>A client's body is not what its dialect asks for; the caller sees a 400 with this message.</summary>
/// <param name="param">The path of the field at fault (<c>messages[2].content[0].image_url</c>); null when there is none.</param>
public sealed class InvalidChatRequestException(string? param, string message, Exception? inner = null) : Exception(message, inner)
{
    public string? Param { get; } = param;
}
