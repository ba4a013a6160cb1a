using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Privacy;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Privacy;

/// <summary>Formats and checksums decide what is personal data, on the published set and on lines that are in no set.</summary>
public sealed class PiiScannerTests
{
    [Theory]
    [InlineData("pii-test-values.jsonl")]
    [InlineData("pii-own-values.jsonl")]
    public void OnTheTestLines_RecallAndPrecisionAreAtLeast98Percent(string file)
    {
        var (wanted, hits, extra) = (0, 0, 0);
        foreach (var line in File.ReadLines(Repository.File("bench", "detection", "data", file)))
        {
            var row = JsonNode.Parse(line)!;
            var text = string.Concat(row["text"]!.AsArray().Select(part => part!.GetValue<string>()));
            var found = Find(text).ConvertAll(span => (span.Start, span.End));
            var spans = row["spans"]!.AsArray().Select(span => (span!["start"]!.GetValue<int>(), span["end"]!.GetValue<int>())).ToList();
            wanted += spans.Count;
            hits += spans.Count(found.Contains);
            extra += found.Count(span => !spans.Contains(span));
        }

        Assert.True((double)hits / wanted >= 0.98, $"{hits} of {wanted} were found.");
        Assert.True((double)hits / (hits + extra) >= 0.98, $"{extra} findings are wrong.");
    }

    [Theory]
    [InlineData("Ring me on 020 7946 0123 tonight", "020 7946 0123")]
    [InlineData("Mobil: 0151-23456789", "0151-23456789")]
    [InlineData("call 4155550132 please", "4155550132")]
    [InlineData("+33 (0)1 23 45 67 89", "+33 (0)1 23 45 67 89")]
    [InlineData("05.12.2024 call 030 901820", "030 901820")]
    [InlineData("(11) 91234-5678", "(11) 91234-5678")]
    [InlineData("x: 4000 0000 0000 0002 05/26", "4000 0000 0000 0002")]
    [InlineData("be68 5390 0754 7034", "be68 5390 0754 7034")]
    [InlineData("**bob@example.com**", "bob@example.com")]
    [InlineData("https://x.com/?email=zed@example.com&y=1", "zed@example.com")]
    [InlineData("password: Xk29dLq0pZr7Vn", "Xk29dLq0pZr7Vn")]
    [InlineData("My password is hX9!kd82Lq0z", "hX9!kd82Lq0z")]
    [InlineData("密码：Zx81Kp92mQw7", "Zx81Kp92mQw7")]
    [InlineData("/v1?api_key=3MuuDRx7GyRAZW4hc7r1z4gq&q=1", "3MuuDRx7GyRAZW4hc7r1z4gq")]
    [InlineData("我的手机是13912345678。", "13912345678")]
    [InlineData("Hotline (0800-1234567) rund um die Uhr", "0800-1234567")]
    [InlineData("(5555 5555 5555 4444)", "5555 5555 5555 4444")]
    [InlineData("fax,030-1234567,x", "030-1234567")]
    [InlineData("00 44 20 7946 0958", "00 44 20 7946 0958")]
    [InlineData("use sk-abcdefghijklmnop1234567890abcdef ok", "sk-abcdefghijklmnop1234567890abcdef")]
    [InlineData("https://example.com/?e=jane%40example.com", "jane%40example.com")]
    [InlineData("Teléfono: 011 44 161 496 0123", "011 44 161 496 0123")]
    [InlineData("RIB GB82 WEST 1234\n5698 7654 32 merci", "GB82 WEST 1234\n5698 7654 32")]
    [InlineData("postgres://app:3rRSvJqwCzczQp2LoW@db.internal:5432/prod", "3rRSvJqwCzczQp2LoW")]
    [InlineData("redis://:6JhJ1KYUJRHq46TcLOZT@cache:6379/0", "6JhJ1KYUJRHq46TcLOZT")]
    [InlineData("DATABASE_URL=postgresql://svc:correct-horse-battery@10.0.0.5/prod", "correct-horse-battery")]
    [InlineData("amqp://rabbit:hunterHUNTERrabbit@mq.example.com/vhost", "hunterHUNTERrabbit")]
    [InlineData("postgres://app:bLg2gOklScGk7yLk@db.internal:5432/app", "bLg2gOklScGk7yLk")]
    [InlineData("mongodb+srv://admin:Sup3rS3cret!pw@h1.example.net:27017,h2.example.net:27017/test", "Sup3rS3cret!pw")]
    [InlineData("redis://:aB3/xY9z+QaB3xY9z==@cache:6379/0", "aB3/xY9z+QaB3xY9z==")]
    [InlineData("git clone https://me:ghp_016C7e9fKqXcVbNmLpOiUyTrEwQaSdFgHjKl@github.com/a/b.git", "ghp_016C7e9fKqXcVbNmLpOiUyTrEwQaSdFgHjKl")]
    [InlineData("notify https://discord.com/api/webhooks/118898821538511238/89hxt9fTy6aHNoiehEwLhqqA8FutShQVk3mNpRsTuVwXyZ01", "https://discord.com/api/webhooks/118898821538511238/89hxt9fTy6aHNoiehEwLhqqA8FutShQVk3mNpRsTuVwXyZ01")]
    [InlineData("sbp_264fd531b8c2629e72ca0b568b55cdbb4f6c42c0", "sbp_264fd531b8c2629e72ca0b568b55cdbb4f6c42c0")]
    [InlineData("Server=sql1;User Id=sa;Password=LcT%s4vXYGbQc;Encrypt=true", "LcT%s4vXYGbQc")]
    [InlineData("Authorization: Bearer UljDcn2AxYkHkz9QW4ntZ9QECvox", "UljDcn2AxYkHkz9QW4ntZ9QECvox")]
    [InlineData("curl -u admin:EHiDYV1lZ6gd146z https://ci.example.com/", "EHiDYV1lZ6gd146z")]
    [InlineData("AccountName=acme;AccountKey=5l9PR6ezzGJSkjbvj/jkkReawTIX3Vjjzkz7u7V6Qw==;EndpointSuffix=x", "5l9PR6ezzGJSkjbvj/jkkReawTIX3Vjjzkz7u7V6Qw==")]
    [InlineData("bot 3363395616:AAIfZ_eaODN6eB5zCyOvazEHkX9QCYybnDY", "3363395616:AAIfZ_eaODN6eB5zCyOvazEHkX9QCYybnDY")]
    [InlineData("why does dp.pt.WXIRss8KuXOFex3ayHbzPxUaJpSPsq3FC4Ma42iEloa fail?", "dp.pt.WXIRss8KuXOFex3ayHbzPxUaJpSPsq3FC4Ma42iEloa")]
    [InlineData("Card 4111 1111\n1111 1111, thanks", "4111 1111\n1111 1111")]
    [InlineData("Card 4111-1111-1111-\r\n1111", "4111-1111-1111-\r\n1111")]
    [InlineData("The table:\nname,age,phone\nAna,34,2125550187\n", "2125550187")]
    [InlineData("name;telefon;ort\nAna;\"0301234567\";Berlin", "0301234567")]
    [InlineData("| Name | Mobile |\n|---|---|\n| Ana | 5512345678 |", "5512345678")]
    public void WhatIsPersonal_IsFoundWhole(string text, string value)
    {
        var (start, end, _) = Assert.Single(Find(text));
        Assert.Equal(value, text[start..end]);
    }

    [Theory]
    [InlineData("Server=sql1;User Id=sa;Password=correct horse;Encrypt=true", "correct horse")]
    [InlineData("conn = \"Data Source=db1;Initial Catalog=shop;User ID=app;Password=QwertzUiop!(Asdf)\"", "QwertzUiop!(Asdf)")]
    [InlineData("Pwd=hunterHunterRabbit;Uid=app;Server=db", "hunterHunterRabbit")]
    [InlineData("Host=db;Username=app;Password='wagon-lemon-cloud';Database=shop", "wagon-lemon-cloud")]
    [InlineData("ConnectionStrings__Main=Server=db;Uid=app;Pwd=TrustNoOneAtAll", "TrustNoOneAtAll")]
    public void APasswordInAConnectionString_IsKnownByItsPlace(string text, string value) => WhatIsPersonal_IsFoundWhole(text, value);

    [Fact]
    public void EveryVendorsKeys_AreFoundWhole_InProseAssignmentsAndJson()
    {
        var random = new Random(20261126);
        foreach (var format in KeyFormats.All)
        {
            var key = KeySample.Of(format, random);
            foreach (var text in (string[])[$"the key {key} is ours", $"KEY={key}\n", $"{{\"key\":\"{key}\"}}"])
            {
                Assert.True(Find(text) is [var (start, end, type)] && (key, format.Type) == (text[start..end], type), $"{format.Type}: {text}");
            }
        }
    }

    [Fact]
    public void OrdinaryLines_HaveNoSecretsInThem()
    {
        var lines = File.ReadAllLines(Repository.File("bench", "detection", "data", "ordinary-own.txt"));
        Assert.True(lines.Length > 200);
        Assert.All(lines, line =>
        {
            List<PiiFinding>? found = null;
            PiiScanner.Secrets.Scan(Encoding.UTF8.GetBytes(line), ref found);
            Assert.Null(found);
        });
    }

    [Theory]
    [InlineData("It was 12/05/2024 at 10:30")]
    [InlineData("192.168.1.1 and 10.0.0.255")]
    [InlineData("ISBN 0-306-40615-2")]
    [InlineData("2024-05-13T10:15:30.123456Z")]
    [InlineData("SSN 078-05-1120")]
    [InlineData("react@18.2.0")]
    [InlineData("ssh://git@github.com/acme/x.git")]
    [InlineData("a1b2c3d4-e5f6-7890-abcd-ef1234567890")]
    [InlineData("md5 d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("[0.1234567, 0.2345678, 0.3456789]")]
    [InlineData("IBAN DE00 1234 5678 9012 3456 78")]
    [InlineData("order 0171 1234567")]
    [InlineData("Vol. 12 (2023) 123-145")]
    [InlineData("Nature 585, 357-362 (2020)")]
    [InlineData("lotto 03 12 24 31 42 49")]
    [InlineData("0110 1001 1010")]
    [InlineData("IBAN LI78 2377 6865 1131 8732 9")]
    [InlineData("Model 0012-3456-78")]
    [InlineData("secret: ${MY_SECRET_12}")]
    [InlineData("the sk-learn-contrib-package-2024 lib")]
    [InlineData("EAN 5901234123457")]
    [InlineData("USD 650 253 0000 budget")]
    [InlineData("+100 200 300 XP gained")]
    [InlineData("postgres://user:password@localhost/db")]
    [InlineData("https://user:password@example.com")]
    [InlineData("postgres://app:your-db-password@localhost/db")]
    [InlineData("postgres://app:yourStrongPassword@localhost/db")]
    [InlineData("postgresql://postgres:postgres@localhost:5432/test")]
    [InlineData("postgres://app:${DB_PASSWORD}@db/x and mysql://app:$DB_PASSWORD@db/x and redis://:DB_PASSWORD@cache")]
    [InlineData("mysql://app:<password>@db/x, amqp://app:{{ password }}@db/x, smtp://app:********@mail.example")]
    [InlineData("http://localhost:8080/packages/lodash4x@4.17.21")]
    [InlineData("token: max_tokens=4096")]
    [InlineData("Authorization: Bearer YOUR_TOKEN")]
    [InlineData("4111 1111\n1111 1112")]
    [InlineData("4012 8888\n\n8888 1881")]
    [InlineData("name,order,phone\nAna,2125550187,none")]
    [InlineData("call me, or phone\n\nid,total\n7,2125550187")]
    [InlineData("SMTP_URL=smtp://relay:mailhost@mail.internal:25")]
    [InlineData("Server=db;User Id=sa;Password=YourStrongPassword;Pooling=true")]
    [InlineData("Server=db;User Id=sa;Password={your_password};Encrypt=true")]
    [InlineData("if (user.Password=candidate.Password; ok) return;")]
    [InlineData("password: YourPassword!!")]
    [InlineData("password: Change-Me-Please!")]
    public void WhatOnlyLooksLikeIt_IsLeftAlone(string text) => Assert.Empty(Find(text));

    [Theory]
    [InlineData("The pat")]
    [InlineData("the key")]
    [InlineData("pul")]
    public void OrdinaryWords_HoldNoStreamBack(string text) => Assert.Equal(0, SecretPrefix.LengthOfTail(text, 200));

    [Fact]
    public void ManyFindings_TakeTimeInProportion()
    {
        // Quadratic work would take minutes here.
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a@b.co +14155550132 -----BEGIN PRIVATE KEY ", 20_000)));
        List<PiiFinding>? found = null;
        PiiScanner.Everything.Scan(text, ref found);
        Assert.True(found!.Count >= 40_000);
    }

    [Fact]
    public void CleanText_AllocatesNothing()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("The committee met in 1987 and well-known people spoke for 3 hours. ", 60)));
        List<PiiFinding>? found = null;
        PiiScanner.Everything.Scan(text, ref found);
        var before = GC.GetAllocatedBytesForCurrentThread();
        PiiScanner.Everything.Scan(text, ref found);
        Assert.Equal((0, true), ((int)(GC.GetAllocatedBytesForCurrentThread() - before), found is null));
    }

    private static List<(int Start, int End, string Type)> Find(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        List<PiiFinding>? found = null;
        PiiScanner.Everything.Scan(bytes, ref found);
        return (found ?? []).ConvertAll(finding => (Points(bytes, finding.Start), Points(bytes, finding.End), finding.Type));
    }

    private static int Points(byte[] text, int end) => text.AsSpan(0, end).ToArray().Count(b => (b & 0xC0) != 0x80);
}
