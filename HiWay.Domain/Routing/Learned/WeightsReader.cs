using System.Buffers.Binary;

namespace HiWay.Domain.Routing.Learned;

/// <summary>Reads the weights file from front to back.</summary>
internal ref struct WeightsReader(ReadOnlySpan<byte> file)
{
    private ReadOnlySpan<byte> _rest = file;

    internal int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    internal short Short() => BinaryPrimitives.ReadInt16LittleEndian(Take(2));

    internal int[] Ints(int count)
    {
        var values = new int[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = Int();
        }

        return values;
    }

    /// <exception cref="InvalidDataException">The file ends before that.</exception>
    internal ReadOnlySpan<byte> Take(int bytes)
    {
        if (_rest.Length < bytes)
        {
            throw new InvalidDataException("The router's weights are cut short.");
        }

        var taken = _rest[..bytes];
        _rest = _rest[bytes..];
        return taken;
    }
}
