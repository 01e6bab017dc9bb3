using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Das.Control.Registry;

/// <summary>Opens the registry, bringing the file's schema up to date the first time. Safe for several processes on one file.</summary>
public sealed class RegistryDatabase(DasHome home) : IDbContextFactory<RegistryContext>
{
    private const int CheckSeconds = 2;

    /// <summary>What could not be opened once is tried again the next time.</summary>
    private readonly Lazy<DbContextOptions<RegistryContext>> _options = new(() => Open(home), LazyThreadSafetyMode.PublicationOnly);

    public RegistryContext CreateDbContext() => new(_options.Value);

    /// <summary>Returns if the registry can be read and, within a few seconds, written.</summary>
    /// <exception cref="DbException">It cannot.</exception>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        await using RegistryContext rows = CreateDbContext();
        ((SqliteConnection)rows.Database.GetDbConnection()).DefaultTimeout = CheckSeconds;
        await rows.Database.OpenConnectionAsync(cancellation);
        await rows.Database.ExecuteSqlRawAsync($"PRAGMA busy_timeout={CheckSeconds * 1000}", cancellation);
        // The lock for writing, given back also where whoever asked has gone away.
        await using var writing = await rows.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellation);
        await rows.Database.ExecuteSqlRawAsync("SELECT 1 FROM __EFMigrationsHistory LIMIT 1", cancellation);
    }

    internal static DbContextOptions<RegistryContext> Options(string file) => new DbContextOptionsBuilder<RegistryContext>()
        .UseSqlite(new SqliteConnectionStringBuilder { DataSource = file, DefaultTimeout = 60 }.ToString())
        .AddInterceptors(new Pragmas())
        .Options;

    private static DbContextOptions<RegistryContext> Open(DasHome home)
    {
        DbContextOptions<RegistryContext> options = Options(home.Made().Registry);
        using FileLock alone = FileLock.TakeAsync(home.Registry + ".migrating", TimeSpan.FromMilliseconds(20), CancellationToken.None).GetAwaiter().GetResult();
        using RegistryContext context = new(options);
        try
        {
            if (!context.Database.GetPendingMigrations().Any()) return options;
            // EF's own lock is a row that outlives a killed process; the file lock above has made it unnecessary.
            context.Database.ExecuteSqlRaw("DROP TABLE IF EXISTS \"__EFMigrationsLock\"");
            context.Database.Migrate();
            return options;
        }
        catch (SqliteException broken)
        {
            throw RegistryFault.Of(broken)!;
        }
    }

    private sealed class Pragmas : DbConnectionInterceptor
    {
        private const string OnOpen = "PRAGMA busy_timeout=60000; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using DbCommand command = connection.CreateCommand();
            command.CommandText = OnOpen;
            command.ExecuteNonQuery();
        }

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            ConnectionOpened(connection, eventData);
            return Task.CompletedTask;
        }
    }
}
