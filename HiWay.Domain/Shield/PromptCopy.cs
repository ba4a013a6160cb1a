using System.Buffers;
using System.Security.Cryptography;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Prompts;

namespace HiWay.Domain.Shield;

/// <summary>The texts of one prompt or answer without their JSON around them, in rented memory, so that they can be looked at when the call is over.</summary>
public sealed class PromptCopy : IDisposable
{
    private readonly List<(PromptRole Role, int Start, int Length, TextDigest? Digest)> _texts = new(4);
    private byte[] _bytes;
    private int _length;
    private Dictionary<string, System.Text.StringBuilder>? _growing;
    private int _growingLength;

    public PromptCopy(int expectedBytes) => _bytes = ArrayPool<byte>.Shared.Rent(Math.Max(256, expectedBytes));

    public int Count => _texts.Count;

    /// <summary>Bytes of all texts.</summary>
    public int Length => _length + _growingLength;

    /// <summary>Takes a text out of a JSON string.</summary>
    /// <param name="json">The inside of the string, escapes still in it.</param>
    /// <param name="digest">Its fingerprint, when whoever looks at it shall remember whether it was clean.</param>
    public void Add(PromptRole role, ReadOnlySpan<byte> json, TextDigest? digest = null)
    {
        if (json.IsEmpty)
        {
            return;
        }

        Grow(json.Length + 1);
        var written = JsonText.Open(json, json.Length, 0, _bytes.AsSpan(_length));
        _texts.Add((role, _length, written, digest));
        _length += written;
    }

    /// <summary>Adds a piece of one of several texts that arrive in turns.</summary>
    public void Append(string channel, string piece)
    {
        ref var text = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_growing ??= new(StringComparer.Ordinal), channel, out _);
        (text ??= new()).Append(piece);
        _growingLength += piece.Length;
    }

    /// <summary>Makes texts of what was added in pieces.</summary>
    public void Close()
    {
        foreach (var text in _growing?.Values ?? Enumerable.Empty<System.Text.StringBuilder>())
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(text.ToString());
            Grow(bytes.Length);
            bytes.CopyTo(_bytes.AsSpan(_length));
            _texts.Add((PromptRole.Assistant, _length, bytes.Length, null));
            _length += bytes.Length;
        }

        (_growing, _growingLength) = (null, 0);
    }

    public PromptRole RoleOf(int index) => _texts[index].Role;

    public TextDigest? DigestOf(int index) => _texts[index].Digest;

    public ReadOnlySpan<byte> this[int index] => _bytes.AsSpan(_texts[index].Start, _texts[index].Length);

    /// <summary>SHA-256 of the texts, 64 lower-case hex digits.</summary>
    public string Sha256() => Convert.ToHexStringLower(SHA256.HashData(_bytes.AsSpan(0, _length)));

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Grow(int more)
    {
        if (_bytes.Length - _length >= more)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + more));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
