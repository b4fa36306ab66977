<?php

// Loads the package from Composer's folder, if there is one, or from this folder.

declare(strict_types=1);

if (is_file(__DIR__ . '/../vendor/autoload.php')) {
    require __DIR__ . '/../vendor/autoload.php';
} else {
    spl_autoload_register(static function (string $class): void {
        $folders = ['YabandpayMock\\Tests\\' => __DIR__, 'YabandpayMock\\' => __DIR__ . '/../src'];
        foreach ($folders as $prefix => $folder) {
            $file = $folder . '/' . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
            if (str_starts_with($class, $prefix) && is_file($file)) {
                require $file;
                return;
            }
        }
    });
    require __DIR__ . '/../src/functions.php';
}
