//! Is a connection told by its mark, by its number or not at all, as the server has it?

use crate::migrator::tests;

use super::*;

/// A database to which this process has introduced none, then one, and another database beside it.
macro_rules! told_as_the_server_has_it {
    ($name:ident, $module:ident) => {
        #[tokio::test]
        async fn $name() {
            let (pool, elsewhere) = (tests::$module::fresh().await, tests::$module::fresh().await);
            let mut stranger = pool.acquire().await.unwrap();
            let mut marked = pool.acquire().await.unwrap();
            let mut other = elsewhere.acquire().await.unwrap();
            assert_eq!(ask(&mut *stranger).await, Told::ByNumber);
            introduce(&mut *marked).await.unwrap();
            assert_eq!(ask(&mut *marked).await, Told::ByMark);
            assert_eq!(ask(&mut *stranger).await, Told::Neither);
            // Marks say nothing of a pool on another database.
            assert_eq!(ask(&mut *other).await, Told::ByNumber);
            // A mark ends with its connection, and who comes then is not taken for it.
            marked.close().await.unwrap();
            let mut next = pool.acquire().await.unwrap();
            assert_eq!(ask(&mut *next).await, Told::Neither);
            // A connection that the pool opens beside a marked one bears the mark as well.
            introduce_too(next.open().0.await.unwrap().as_mut())
                .await
                .unwrap();
            assert_eq!(ask(&mut *next).await, Told::ByMark);
            introduce_too(other.open().0.await.unwrap().as_mut())
                .await
                .unwrap();
            assert_eq!(ask(&mut *other).await, Told::ByNumber);
        }
    };
}

async fn ask<C>(connection: &mut C) -> Told
where
    for<'c> &'c mut C: Target,
{
    told(connection.open().0.await.unwrap().as_mut())
        .await
        .unwrap()
}

#[cfg(feature = "postgres")]
told_as_the_server_has_it!(on_postgres, postgres);
#[cfg(feature = "mysql")]
told_as_the_server_has_it!(on_mysql, mysql);
