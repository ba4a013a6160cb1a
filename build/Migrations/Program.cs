using HiWay.Infrastructure.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Migrations.Design;
using Microsoft.Extensions.DependencyInjection;
using Npgsql.EntityFrameworkCore.PostgreSQL.Design.Internal;

if (args is not [var name])
{
    Console.Error.WriteLine("usage: dotnet run --project build/Migrations <Name>, from the root of the repository");
    return 1;
}

using var db = new HiWayDb(new DbContextOptionsBuilder<HiWayDb>().UseNpgsql("Host=none").Options);
var services = new ServiceCollection().AddEntityFrameworkDesignTimeServices().AddDbContextDesignTimeServices(db);
new NpgsqlDesignTimeServices().ConfigureDesignTimeServices(services);
using var provider = services.BuildServiceProvider();
var migration = provider.GetRequiredService<IMigrationsScaffolder>()
    .ScaffoldMigration(name, "HiWay.Infrastructure", "Database.Migrations");

var folder = Directory.CreateDirectory(Path.Combine("HiWay.Infrastructure", "Database", "Migrations")).FullName;
File.WriteAllText(Path.Combine(folder, migration.MigrationId + migration.FileExtension), migration.MigrationCode);
File.WriteAllText(Path.Combine(folder, migration.MigrationId + ".Designer" + migration.FileExtension), migration.MetadataCode);
File.WriteAllText(Path.Combine(folder, migration.SnapshotName + migration.FileExtension), migration.SnapshotCode);
Console.WriteLine(migration.MigrationId);
return 0;
