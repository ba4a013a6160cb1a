namespace HiWay.Infrastructure.Credentials;

/// <summary>A secret that does not slip into logs: it prints as <c>***</c> and only <see cref="Reveal"/> gives the text.</summary>
public sealed class Secret(Func<string> reveal)
{
    private string? _text;

    public Secret(string text)
        : this(() => text)
    {
    }

    /// <summary>The text, decrypted the first time it is asked for. For the outgoing header and nothing else.</summary>
    public string Reveal() => _text ??= reveal();

    public override string ToString() => "***";
}
