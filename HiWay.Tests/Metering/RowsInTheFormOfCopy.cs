using HiWay.Infrastructure.Metering.Drain;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Metering;

/// <summary>What <see cref="CopyRows"/> writes is what PostgreSQL reads.</summary>
public sealed class RowsInTheFormOfCopy : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        await _database.ExecuteAsync("CREATE TABLE copied (i integer, whole bigint, flag boolean, text text, texts text[], at timestamptz, money numeric, measure double precision, bytes bytea)");
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData("0")]
    [InlineData("-0.0")]
    [InlineData("1")]
    [InlineData("-1")]
    [InlineData("9999")]
    [InlineData("10000")]
    [InlineData("100000000")]
    [InlineData("0.1")]
    [InlineData("0.0001")]
    [InlineData("0.00010")]
    [InlineData("0.000000000000001")]
    [InlineData("-12345.000144")]
    [InlineData("120000.5")]
    [InlineData("0.99999")]
    [InlineData("79228162514264337593543950335")]
    [InlineData("-7.9228162514264337593543950335")]
    [InlineData("0.0000000000000000000000000001")]
    [InlineData("18446744073709551616.25")]
    public async Task Money_ArrivesToTheLastDigit(string amount)
    {
        var sent = decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture);
        await CopyAsync(rows =>
        {
            Begin(rows);
            rows.Numeric(sent);
            End(rows);
        });

        Assert.Equal(sent, await _database.ScalarAsync<decimal>("SELECT money FROM copied"));
        Assert.Equal(amount.TrimStart('-') is "0.0" ? "0.0" : amount, await _database.ScalarAsync<string>("SELECT money::text FROM copied"));
    }

    [Fact]
    public async Task ThousandRandomAmounts_ArriveAsTheyAre()
    {
        var random = new Random(20261126);
        var sent = Enumerable.Range(0, 1_000).Select(_ => new decimal(random.Next(), random.Next(3) == 0 ? random.Next() : 0, random.Next(5) == 0 ? random.Next() : 0, random.Next(2) == 0, (byte)random.Next(29))).ToList();
        await CopyAsync(rows =>
        {
            foreach (var amount in sent)
            {
                Begin(rows);
                rows.Numeric(amount);
                End(rows);
            }
        });

        Assert.Equal(sent, await _database.ScalarAsync<decimal[]>("SELECT array_agg(money ORDER BY ctid) FROM copied"));
    }

    [Fact]
    public async Task EveryOtherType_ArrivesAsItIs()
    {
        var at = new DateTimeOffset(1999, 12, 31, 23, 59, 59, 123, 456, TimeSpan.FromHours(2));
        string[] texts = ["", "ü \u5b57 \U0001F600", new('x', 70_000)];
        await CopyAsync(rows =>
        {
            rows.Row(9);
            rows.Integer(int.MinValue);
            rows.Bigint(long.MaxValue);
            rows.Boolean(true);
            rows.Text("half a pair \ud800.");
            rows.Texts(texts);
            rows.Timestamp(at);
            rows.Null();
            rows.Double(-1.5e-300);
            rows.Bytes([0, 255, 1]);
        });

        await using var command = _database.Source.CreateCommand("SELECT * FROM copied");
        await using var row = await command.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync());
        Assert.Equal((int.MinValue, long.MaxValue, true, "half a pair \ufffd."), (row.GetInt32(0), row.GetInt64(1), row.GetBoolean(2), row.GetString(3)));
        Assert.Equal(texts, row.GetFieldValue<string[]>(4));
        Assert.Equal((at.UtcDateTime, true, -1.5e-300), (row.GetDateTime(5), row.IsDBNull(6), row.GetDouble(7)));
        Assert.Equal([0, 255, 1], row.GetFieldValue<byte[]>(8));
    }

    private static void Begin(CopyRows rows)
    {
        rows.Row(9);
        for (var i = 0; i < 6; i++)
        {
            rows.Null();
        }
    }

    private static void End(CopyRows rows)
    {
        rows.Null();
        rows.Null();
    }

    private async Task CopyAsync(Action<CopyRows> write)
    {
        await using var connection = await _database.Source.OpenConnectionAsync();
        await using var server = await connection.BeginRawBinaryCopyAsync("COPY copied FROM STDIN (FORMAT BINARY)");
        var rows = new CopyRows(server);
        rows.Header();
        write(rows);
        rows.Trailer();
        await rows.SendAsync(default);
    }
}
