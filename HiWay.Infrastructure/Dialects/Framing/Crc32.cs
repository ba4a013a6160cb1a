using System.Buffers.Binary;

namespace HiWay.Infrastructure.Dialects.Framing;

/// <summary>The checksum of zip, PNG and AWS event streams: CRC-32 with the polynomial 0x04C11DB7, reflected (ISO 3309).</summary>
internal static class Crc32
{
    /// <summary>Eight tables: a step takes eight bytes at once ("slicing by 8"), about six times as fast as byte by byte.</summary>
    private static readonly uint[][] s_tables = Tables();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= 8)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = s_tables[7][low & 0xFF] ^ s_tables[6][(low >> 8) & 0xFF] ^ s_tables[5][(low >> 16) & 0xFF] ^ s_tables[4][low >> 24]
                ^ s_tables[3][high & 0xFF] ^ s_tables[2][(high >> 8) & 0xFF] ^ s_tables[1][(high >> 16) & 0xFF] ^ s_tables[0][high >> 24];
            bytes = bytes[8..];
        }

        foreach (var one in bytes)
        {
            crc = (crc >> 8) ^ s_tables[0][(crc ^ one) & 0xFF];
        }

        return ~crc;
    }

    private static uint[][] Tables()
    {
        var tables = new uint[8][];
        for (var table = 0; table < tables.Length; table++)
        {
            tables[table] = new uint[256];
        }

        for (var i = 0u; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }

            tables[0][i] = crc;
        }

        for (var i = 0; i < 256; i++)
        {
            for (var table = 1; table < tables.Length; table++)
            {
                tables[table][i] = (tables[table - 1][i] >> 8) ^ tables[0][tables[table - 1][i] & 0xFF];
            }
        }

        return tables;
    }
}
