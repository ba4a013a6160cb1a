using System.Text;
using HiWay.Domain.Privacy;

namespace HiWay.Tests.Privacy;

/// <summary>Random keys in a vendor's format.</summary>
internal static class KeySample
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>The shortest key that the format has.</summary>
    public static string Of(KeyFormat format, Random random)
    {
        var signs = format.Alphabet switch
        {
            KeyAlphabet.Hex => "0123456789abcdef",
            KeyAlphabet.Base32 => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            KeyAlphabet.Alnum or KeyAlphabet.Word or KeyAlphabet.Dotted or KeyAlphabet.Base64 => Letters,
        };
        var body = new StringBuilder();
        while (body.Length < format.Least)
        {
            var next = signs[random.Next(signs.Length)];
            body.Append(body.Length == 0 && format.DigitFirst ? '7' : format.DotAt > 0 && body.Length == format.DotAt ? '.' : next);
        }

        return Encoding.ASCII.GetString(format.Prefix) + body;
    }
}
